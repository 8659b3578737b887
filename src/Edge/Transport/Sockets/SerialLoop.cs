using System.Diagnostics.CodeAnalysis;

namespace VoltageSoda.Edge.Transport.Sockets;

/// <summary>
/// An event loop without sockets of its own: a thread that runs what is posted to it, among it the completions of stock sockets.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "CloseAll, the loop's last act, ends it; a late wake may still arrive.")]
internal sealed class SerialLoop(int id, TransportOptions options) : EventLoop(id)
{
    private readonly AutoResetEvent _wake = new(false);

    public TransportOptions Options { get; } = options;

    private protected override void WaitForEvents(int timeoutMs)
    {
        if (timeoutMs != 0)
        {
            _wake.WaitOne(timeoutMs);
        }

        Woke();
    }

    private protected override void HandleEvents()
    {
        // There are none besides what is posted.
    }

    private protected override void Wake() => _wake.Set();

    private protected override void CloseAll()
    {
        // Connections belong to those who accepted or connected them; stock sockets need no loop to close.
    }
}
