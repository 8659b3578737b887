using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// The ticks of outlier detection: every cluster's interval, on one timer that is set to the next that is due. Clusters that came or changed
/// are seen when <see cref="Run"/> is called from outside. Runs on a timer thread; thread-safe.
/// </summary>
internal sealed class OutlierClock(StateRegistry registry, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private bool _disposed;

    /// <summary>Ticks what is due and sets the timer for what is not.</summary>
    public void Run()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            long now = EventLoop.ReadMilliseconds();
            long next = long.MaxValue;
            foreach (ClusterGuard guard in registry.Guards)
            {
                if (guard.Detector is not { } detector)
                {
                    guard.NextTick = 0;
                    continue;
                }

                long interval = Math.Max(1, detector.Rule.Interval);
                if (guard.NextTick == 0 || guard.NextTick > now + interval)
                {
                    guard.NextTick = now + interval;
                }
                else if (guard.NextTick <= now)
                {
                    guard.Tick(now);
                    guard.NextTick = now + interval;
                }

                next = Math.Min(next, guard.NextTick);
            }

            if (next != long.MaxValue)
            {
                _timer ??= time.CreateTimer(static self => ((OutlierClock)self!).Run(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(TimeSpan.FromMilliseconds(Math.Min(next - now, int.MaxValue)), Timeout.InfiniteTimeSpan);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        return _timer?.DisposeAsync() ?? default;
    }
}
