namespace VoltageSoda.Edge.Transport;

/// <summary>Brings continuations of foreign tasks back to their loop. Safe from any thread.</summary>
internal sealed class LoopSynchronizationContext(EventLoop loop) : SynchronizationContext
{
    /// <summary>The loop that continuations return to.</summary>
    public EventLoop Loop => loop;

    public override void Post(SendOrPostCallback d, object? state)
    {
        // The delegate types differ only in name; one small allocation per foreign await is the price of leaving the loop.
        loop.Post(static boxed =>
        {
            var call = (Call)boxed!;
            call.Callback(call.State);
        }, new Call(d, state));
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

    private sealed record Call(SendOrPostCallback Callback, object? State);
}
