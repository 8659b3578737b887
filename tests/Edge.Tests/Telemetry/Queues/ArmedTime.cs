using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace VoltageSoda.Edge.Tests.Telemetry.Queues;

/// <summary>A clock that stands still until a timer of the code under test was armed, so that no step of it comes too early.</summary>
internal sealed class ArmedTime : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly BlockingCollection<TimeSpan> _armed = [];

    public override long TimestampFrequency => _time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow();

    public override long GetTimestamp() => _time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Note(dueTime);
        return new Timer(this, _time.CreateTimer(callback, state, dueTime, period));
    }

    /// <summary>Waits for the next timer, lets it run out and returns for how long it was armed.</summary>
    public async Task<TimeSpan> NextAsync()
    {
        TimeSpan due = await ArmedAsync();
        _time.Advance(due);
        return due;
    }

    /// <summary>Waits for the next timer and returns for how long it was armed; the clock stands.</summary>
    public Task<TimeSpan> ArmedAsync() =>
        Task.Run(() => _armed.TryTake(out TimeSpan armed, Patience) ? armed : throw new TimeoutException("no timer was armed"));

    private void Note(TimeSpan dueTime)
    {
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            _armed.Add(dueTime);
        }
    }

    private sealed class Timer(ArmedTime owner, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool changed = inner.Change(dueTime, period);
            owner.Note(dueTime);
            return changed;
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
