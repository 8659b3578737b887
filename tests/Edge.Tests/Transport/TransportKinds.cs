using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>The back ends that this machine has: a container may forbid io_uring, and the rest must hold there all the same.</summary>
internal static class TransportKinds
{
    /// <summary>Our own loops.</summary>
    public static TransportKind[] Loops { get; } =
        TransportProbe.TrySelect("uring", out _, out _) ? [TransportKind.Epoll, TransportKind.Uring] : [TransportKind.Epoll];

    public static TransportKind[] All { get; } = [.. Loops, TransportKind.Sockets];

    /// <summary>Every back end with every one of some values.</summary>
    public static TheoryData<TransportKind, T> With<T>(IEnumerable<TransportKind> kinds, params T[] values)
    {
        TheoryData<TransportKind, T> data = [];
        foreach (TransportKind kind in kinds)
        {
            foreach (T value in values)
            {
                data.Add(kind, value);
            }
        }

        return data;
    }
}
