using System.Buffers.Binary;
using System.Net;
using VoltageSoda.Edge.LoadTests.Transport;

namespace VoltageSoda.Edge.LoadTests.Origin;

/// <summary>One thread of the fixed origin, with its own listening socket (SO_REUSEPORT) on the loopback address.</summary>
internal sealed unsafe class OriginLoop : IDisposable
{
    private const int Backlog = 4096;

    private readonly Poller _poller = new();
    private readonly Dictionary<int, OriginConnection> _connections = [];
    private readonly OriginResponses _responses;
    private readonly int _listener;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(256 * 1024, pinned: true);

    public OriginLoop(int port, OriginResponses responses)
    {
        _responses = responses;
        _listener = Native.Check(Native.Socket(Native.AddressFamilyInet, Native.StreamNonBlockingCloseOnExec, 0), "socket");
        Native.SetOption(_listener, Native.LevelSocket, Native.OptionReuseAddress, 1);
        Native.SetOption(_listener, Native.LevelSocket, Native.OptionReusePort, 1);
        SocketAddress address = new IPEndPoint(IPAddress.Loopback, port).Serialize();
        fixed (byte* bytes = address.Buffer.Span)
        {
            Native.Check(Native.Bind(_listener, bytes, (uint)address.Size), $"bind 127.0.0.1:{port}");
        }

        Native.Check(Native.Listen(_listener, Backlog), "listen");
        byte* bound = stackalloc byte[16];
        uint length = 16;
        Native.Check(Native.GetSocketName(_listener, bound, &length), "getsockname");
        Port = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(bound + 2, 2));
        _poller.Add(_listener, (uint)_listener);
    }

    /// <summary>The port that was bound.</summary>
    public int Port { get; }

    /// <summary>Serves until cancelled.</summary>
    public void Run(CancellationToken cancelled)
    {
        while (!cancelled.IsCancellationRequested)
        {
            int count = _poller.Wait(100 * Clock.Millisecond);
            for (int i = 0; i < count; i++)
            {
                int descriptor = (int)_poller.TokenAt(i);
                if (descriptor == _listener)
                {
                    Accept();
                }
                else if (_connections.TryGetValue(descriptor, out OriginConnection? connection)
                    && !connection.Advance(_buffer, (_poller.EventsAt(i) & (Poller.PeerClosed | Poller.HungUp | Poller.Failed)) != 0))
                {
                    _connections.Remove(descriptor);
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (int descriptor in _connections.Keys)
        {
            _ = Native.Close(descriptor);
        }

        _ = Native.Close(_listener);
        _poller.Dispose();
    }

    private void Accept()
    {
        while (true)
        {
            int descriptor = Native.Accept(_listener, null, null, Native.StreamNonBlockingCloseOnExec & ~1);
            if (descriptor < 0)
            {
                return;
            }

            Native.SetOption(descriptor, Native.LevelTcp, Native.OptionNoDelay, 1);
            _connections[descriptor] = new OriginConnection(descriptor, _responses);
            _poller.Add(descriptor, (uint)descriptor);
        }
    }
}
