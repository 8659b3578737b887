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

    // The rest is for requests, which wait for their answers.
    private const int MaxWaiting = RedisLink.MaxWaiting / 2;

    private long _restored;
    private int _restoring;

    /// <summary>What was let through without Redis, which does not know it yet.</summary>
    public FallbackTally Missed { get; } = new(MaxMissedKeys);

    /// <summary>What was counted here on purpose and is not sent yet.</summary>
    public FallbackTally Late { get; } = new(MaxMissedKeys);

    /// <summary>Counts that found no room until they could be sent.</summary>
    public long Dropped => Missed.Dropped + Late.Dropped;

    /// <summary>Keys that were brought up to date after an absence.</summary>
    public long Restored => Interlocked.Read(ref _restored);

    /// <summary>Adds a count to a key's window without waiting: now if the connection takes more, else by <see cref="Restore"/>.</summary>
    public void Send(MissedCount count)
    {
        if (!TryEnter(out int ticket))
        {
            Late.Add(count.Key, count.Count, count.Period, count.Until);
            return;
        }

        _ = SendAsync(count, ticket);
    }

    /// <summary>Adds what could not be sent once Redis answers, in batches of which each waits for the one before. By the control loop.</summary>
    public void Restore(long unixMilliseconds)
    {
        if ((Missed.Count != 0 || Late.Count != 0) && link.IsConnected && link.Breaker.State == CircuitState.Closed
            && Interlocked.CompareExchange(ref _restoring, 1, 0) == 0)
        {
            _ = RestoreAsync(unixMilliseconds);
        }
    }

    private async Task RestoreAsync(long unixMilliseconds)
    {
        try
        {
            int keys = await DrainAsync(Missed, unixMilliseconds);
            _ = await DrainAsync(Late, unixMilliseconds);
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

    // Keys that Redis has now. What the connection does not take goes back: its fate is known.
    private async Task<int> DrainAsync(FallbackTally tally, long unixMilliseconds)
    {
        int keys = 0;
        bool goesOn = true;
        while (goesOn)
        {
            IReadOnlyList<MissedCount> batch = tally.Drain(BatchSize, unixMilliseconds);
            List<Task<bool>> sent = [];
            foreach (MissedCount missed in batch)
            {
                if (TryEnter(out int ticket))
                {
                    sent.Add(SendAsync(missed, ticket));
                }
                else
                {
                    tally.Add(missed.Key, missed.Count, missed.Period, missed.Until);
                }
            }

            keys += (await Task.WhenAll(sent)).Count(static added => added);
            goesOn = batch.Count == BatchSize && sent.Count == BatchSize && link.Breaker.State == CircuitState.Closed;
        }

        return keys;
    }

    // A connection that is busy is none that failed: it is not asked, so that the breaker does not count it.
    private bool TryEnter(out int ticket)
    {
        ticket = 0;
        return link.Waiting < MaxWaiting && link.Enter(link.Now, 1, out ticket) == LimiterResult.Allowed;
    }

    private async Task<bool> SendAsync(MissedCount count, int ticket)
    {
        try
        {
            using RespResult answer = await link.Evaluate(
                QuotaScripts.Add, new RedisKey[] { count.Key }, new RedisValue[] { count.Count, RateWindow.LengthOf(count.Period) });
            link.Succeeded(ticket);
            return true;
        }
        catch (Exception exception)
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
