namespace VoltageSoda.Edge.Transport;

/// <summary>Brings continuations of foreign tasks back to their loop. Safe from any thread.</summary>
internal sealed class LoopSynchronizationContext(EventLoop loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state)
    {
        // The delegate types differ only in name; a small allocation per foreign await is the price of leaving the loop.
        loop.Post(new Action<object?>(d), state);
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!loop.IsCurrent)
        {
            throw new NotSupportedException("A loop cannot be waited for synchronously.");
        }

        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;
}
