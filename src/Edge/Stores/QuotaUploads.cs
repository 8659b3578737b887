using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Stores;

/// <summary>
/// Counts on their way to one Redis that no request waits for: what was let through between two synchronisations, and what was let through while
/// Redis could not be asked. Each is sent at most once: a count whose fate is unknown is lost rather than counted twice. Thread-safe.
/// </summary>
internal sealed class QuotaUploads(RedisLink link, ILogger log)
{
    /// <summary>Keys whose counts are kept through an absence.</summary>
    public const int MaxMissedKeys = 65_536;

    private const int BatchSize = 128;

    private long _restored;
    private int _restoring;

    /// <summary>What Redis does not know yet.</summary>
    public FallbackTally Missed { get; } = new(MaxMissedKeys);

    /// <summary>Keys that were brought up to date after an absence.</summary>
    public long Restored => Interlocked.Read(ref _restored);

    /// <summary>Adds a count to a key's window without waiting; false when the connection takes no more.</summary>
    public bool Send(byte[] key, long count, RatePeriod period)
    {
        if (link.Enter(link.Now, 1, out int ticket) != LimiterResult.Allowed)
        {
            return false;
        }

        _ = SendAsync(key, count, period, ticket);
        return true;
    }

    /// <summary>Adds the counts of an absence once Redis answers again, a batch per call. By the control loop.</summary>
    public void Restore(long unixMilliseconds)
    {
        if (Missed.Count != 0 && link.IsConnected && link.Breaker.State == CircuitState.Closed
            && Interlocked.CompareExchange(ref _restoring, 1, 0) == 0)
        {
            _ = RestoreAsync(unixMilliseconds);
        }
    }

    private async Task RestoreAsync(long unixMilliseconds)
    {
        try
        {
            int keys = 0;
            IReadOnlyList<MissedCount> batch;
            do
            {
                batch = Missed.Drain(BatchSize, unixMilliseconds);
                List<Task<bool>> sent = [];
                foreach (MissedCount missed in batch)
                {
                    if (link.Enter(link.Now, 1, out int ticket) == LimiterResult.Allowed)
                    {
                        sent.Add(SendAsync(missed.Key, missed.Count, missed.Period, ticket));
                    }
                }

                keys += (await Task.WhenAll(sent)).Count(static added => added);
            }
            while (batch.Count == BatchSize && link.Breaker.State == CircuitState.Closed);

            if (keys != 0)
            {
                Interlocked.Add(ref _restored, keys);
                Log.RedisCountsAdded(log, link.Target.ToString(), keys);
            }
        }
        finally
        {
            Volatile.Write(ref _restoring, 0);
        }
    }

    private async Task<bool> SendAsync(byte[] key, long count, RatePeriod period, int ticket)
    {
        try
        {
            using RespResult answer = await link.Evaluate(QuotaScripts.Add, new RedisKey[] { key }, new RedisValue[] { count, RateWindow.LengthOf(period) });
            link.Succeeded(ticket);
            return true;
        }
        catch (Exception exception) when (exception is RedisException or ObjectDisposedException or OperationCanceledException or RedisTimeoutException)
        {
            link.Failed(link.Now, ticket, exception);
            return false;
        }
        finally
        {
            link.Left();
        }
    }
}
