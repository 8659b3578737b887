using Microsoft.Extensions.Logging;

namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>
/// The queues of the process, found by what makes two plugins share one, so that they and what waits in them survive reloads. Looked up when a
/// configuration is compiled. Thread-safe.
/// </summary>
public sealed class BatchQueues(int loops, TimeProvider time, ILogger log)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Row> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QueueCounters> _counters = new(StringComparer.Ordinal);

    // Exchanges of a former configuration may still bring entries to a queue that is empty now; without any, it is collected.
    private readonly List<WeakReference<BatchQueue>> _leaving = [];
    private readonly EntryShelf[] _shelves = [.. Enumerable.Range(0, loops).Select(static _ => new EntryShelf())];

    /// <summary>Queues that no configuration names any more and that are still there: they hold entries, or an exchange may bring some.</summary>
    public int Leaving
    {
        get
        {
            lock (_lock)
            {
                return _leaving.Count(static former => former.TryGetTarget(out _));
            }
        }
    }

    /// <summary>Clock of the queues.</summary>
    public TimeProvider Time => time;

    /// <summary>Spare entries of a loop.</summary>
    public EntryShelf Shelf(int loopId) => _shelves[loopId];

    /// <summary>The queue of a key; made when there is none with these options. One with other options finishes what it holds.</summary>
    /// <param name="key">What makes two users share a queue; may hold secrets, never shown.</param>
    /// <param name="name">Shown in the log and as a label; without secrets.</param>
    /// <param name="options">Bounds and pauses.</param>
    /// <param name="senderKey">Changes when the sender must be made anew.</param>
    /// <param name="sender">Makes the sender.</param>
    public BatchQueue Find(string key, string name, QueueOptions options, string senderKey, Func<IBatchSender> sender)
    {
        lock (_lock)
        {
            if (_queues.TryGetValue(key, out Row? row) && row.Queue.Options == options)
            {
                if (row.SenderKey != senderKey)
                {
                    row.Queue.Replace(sender());
                    row.SenderKey = senderKey;
                }

                return row.Queue;
            }

            if (row is not null)
            {
                Leave(row.Queue);
            }

            if (!_counters.TryGetValue(name, out QueueCounters? counters))
            {
                counters = new QueueCounters();
                _counters.Add(name, counters);
            }

            row = new Row(new BatchQueue(name, options, sender(), counters, time, log), senderKey);
            _queues[key] = row;
            return row.Queue;
        }
    }

    /// <summary>Keeps the queues of these keys; the others finish what they hold and are forgotten.</summary>
    public void Retire(IReadOnlySet<string> keysInUse)
    {
        lock (_lock)
        {
            foreach ((string key, Row row) in _queues)
            {
                if (!keysInUse.Contains(key))
                {
                    Leave(row.Queue);
                    _queues.Remove(key);
                }
            }

            _leaving.RemoveAll(static former => !former.TryGetTarget(out _));
        }
    }

    /// <summary>Sends what waits in all queues, together for at most <paramref name="bound"/>; the rest is dropped and counted.</summary>
    public Task DrainAsync(TimeSpan bound)
    {
        lock (_lock)
        {
            List<Task> drains = [.. _queues.Values.Select(row => row.Queue.DrainAsync(bound))];
            foreach (WeakReference<BatchQueue> former in _leaving)
            {
                if (former.TryGetTarget(out BatchQueue? queue))
                {
                    drains.Add(queue.DrainAsync(bound));
                }
            }

            return Task.WhenAll(drains);
        }
    }

    /// <summary>The accounting of every name, sorted.</summary>
    public IReadOnlyList<KeyValuePair<string, QueueCounters>> Read()
    {
        lock (_lock)
        {
            return [.. _counters.OrderBy(static pair => pair.Key, StringComparer.Ordinal)];
        }
    }

    private void Leave(BatchQueue queue)
    {
        queue.Leave();
        _leaving.Add(new(queue));
    }

    private sealed class Row(BatchQueue queue, string senderKey)
    {
        public BatchQueue Queue { get; } = queue;

        public string SenderKey { get; set; } = senderKey;
    }
}
