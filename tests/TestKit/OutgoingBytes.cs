using System.Net;

namespace VoltageSoda.Edge.TestKit;

/// <summary>Bytes that one end of a loopback connection has handed to its kernel. Thread-safe.</summary>
/// <param name="local">The end that sends.</param>
/// <param name="remote">The other one.</param>
public sealed class OutgoingBytes(IPEndPoint local, IPEndPoint remote)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private long _sent;

    /// <summary>The end that sends.</summary>
    public IPEndPoint Local => local;

    /// <summary>The other one.</summary>
    public IPEndPoint Remote => remote;

    /// <summary>Counts what was handed over.</summary>
    public void Sent(int bytes) => Interlocked.Add(ref _sent, bytes);

    /// <summary>
    /// Waits until nothing moves any more: neither into the kernel's queue nor out of it. There is no event for a standstill, and one seen too
    /// early only makes the amount smaller than the bound it is held against.
    /// </summary>
    public async Task<long> SettledAsync()
    {
        (long Sent, long Queued) last = default;
        for (int same = 0; same < 20;)
        {
            await Task.Delay(Pause);
            (long, long) now = (Interlocked.Read(ref _sent), KernelQueues.Between(local, remote));
            same = now == last ? same + 1 : 0;
            last = now;
        }

        return last.Sent;
    }
}
