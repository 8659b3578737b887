using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>The time that an exchange or one of its attempts has. Lives in the exchange; loop-thread only, allocates nothing.</summary>
internal sealed class MeshDeadline(Exchange exchange, Failure failure) : TimerEntry
{
    /// <summary>Lets it run out after some time; 0 is no limit.</summary>
    public void Start(long milliseconds)
    {
        if (milliseconds > 0)
        {
            EventLoop loop = exchange.Worker.Loop;
            loop.Timers.Schedule(this, loop.NowMilliseconds + milliseconds);
        }
    }

    public void Stop()
    {
        if (IsScheduled)
        {
            exchange.Worker.Loop.Timers.Cancel(this);
        }
    }

    protected internal override void OnExpired(long nowMs) => exchange.TimeOut(failure);
}
