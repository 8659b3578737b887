using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Stores;

/// <summary>
/// Says what is wrong with a Redis, each kind of fault once in a while however often it happens: what repeats a thousand times a second is
/// counted by metrics. Thread-safe.
/// </summary>
internal sealed class FaultLog(RedisTarget target, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LoginPause = TimeSpan.FromMinutes(1);

    private readonly long[] _next = new long[Enum.GetValues<RedisErrorKind>().Length];

    public void Happened(RedisErrorKind kind, string message)
    {
        bool isLogin = kind is RedisErrorKind.NoAuth or RedisErrorKind.WrongPass or RedisErrorKind.NoPermission;
        if (!IsDue(isLogin ? RedisErrorKind.NoAuth : kind, isLogin ? LoginPause : Pause))
        {
            return;
        }

        if (isLogin)
        {
            Log.RedisLogin(log, target.ToString(), message);
        }
        else
        {
            Log.RedisFault(log, target.ToString(), kind.ToString(), message);
        }
    }

    public void Opened(long milliseconds) => Log.RedisLeftAlone(log, target.ToString(), milliseconds);

    public void Recovered() => Log.RedisRecovered(log, target.ToString());

    private bool IsDue(RedisErrorKind kind, TimeSpan pause)
    {
        ref long next = ref _next[(int)kind];
        long now = time.GetUtcNow().Ticks;
        long seen = Volatile.Read(ref next);
        return now >= seen && Interlocked.CompareExchange(ref next, now + pause.Ticks, seen) == seen;
    }
}
