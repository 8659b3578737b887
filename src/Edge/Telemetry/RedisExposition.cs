using System.Buffers;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>The families about limiters on Redis. Stateless.</summary>
internal static class RedisExposition
{
    public static void Write(IBufferWriter<byte> output, EdgeMetrics metrics)
    {
        ExpositionWriter writer = new(output);
        writer.Family("edge_redis_limiter_total", "counter", "Rate limit decisions of rules on Redis, by how they came about");
        foreach (LimiterResult result in Enum.GetValues<LimiterResult>())
        {
            long sum = 0;
            foreach (LoopMetrics loop in metrics.Loops)
            {
                sum += loop.Limiter(result);
            }

            writer.Open("edge_redis_limiter_total", default).First("result"u8, Of(result)).Close(sum);
        }

        writer.Family("edge_redis_fallback_total", "counter", "Rate limit decisions without Redis, by what was done");
        foreach (FallbackResult result in Enum.GetValues<FallbackResult>())
        {
            long sum = 0;
            foreach (LoopMetrics loop in metrics.Loops)
            {
                sum += loop.Fallback(result);
            }

            writer.Open("edge_redis_fallback_total", default).First("result"u8, Of(result)).Close(sum);
        }

        IReadOnlyList<RedisGauges> links = metrics.ReadRedis();
        if (links.Count == 0)
        {
            return;
        }

        Family(writer, links, "edge_redis_breaker_state", "gauge", "0 closed, 1 probing, 2 open", static link => link.Breaker);
        Family(writer, links, "edge_redis_connected", "gauge", "Whether a connection is established", static link => link.Connected ? 1 : 0);
        Family(writer, links, "edge_redis_waiting", "gauge", "Commands without answer", static link => link.Waiting);
        Family(
            writer, links, "edge_redis_restored_keys_total", "counter", "Keys whose counts of an absence were added afterwards",
            static link => link.Restored);
        Family(
            writer, links, "edge_redis_unrestored_total", "counter", "Counts of an absence that found no room", static link => link.Dropped);
    }

    private static void Family(
        ExpositionWriter writer, IReadOnlyList<RedisGauges> links, string name, string type, string help, Func<RedisGauges, long> read)
    {
        writer.Family(name, type, help);
        foreach (RedisGauges link in links)
        {
            writer.Open(name, default).First("redis"u8, link.Name).Close(read(link));
        }
    }

    private static string Of(LimiterResult result) => result switch
    {
        LimiterResult.Allowed => "allowed",
        LimiterResult.Refused => "refused",
        LimiterResult.HeldAllowed => "held_allowed",
        LimiterResult.HeldRefused => "held_refused",
        LimiterResult.Timeout => "timeout",
        LimiterResult.Failed => "failed",
        LimiterResult.Open => "open",
        LimiterResult.Busy => "busy",
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };

    private static string Of(FallbackResult result) => result switch
    {
        FallbackResult.Passed => "passed",
        FallbackResult.Allowed => "allowed",
        FallbackResult.Refused => "refused",
        FallbackResult.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };
}
