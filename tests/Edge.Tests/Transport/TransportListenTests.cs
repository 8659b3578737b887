using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Listening and connecting, over both back ends.</summary>
public sealed class TransportListenTests
{
    public static TheoryData<TransportKind> Loops => [.. TransportKinds.Loops];

    public static TheoryData<TransportKind> Kinds => [.. TransportKinds.All];

    public static TheoryData<TransportKind, bool> KindsAndReuse
    {
        get
        {
            TheoryData<TransportKind, bool> data = TransportKinds.With(TransportKinds.Loops, true, false);

            // The stock listener is one for all loops.
            data.Add(TransportKind.Sockets, true);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Connect_ListeningEndPoint_GivesAConnectionOfTheLoop(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        EndPoint endPoint = await bench.ListenAsync(Handlers.EchoAsync);
        await bench.Loop.RunAsync(async () =>
        {
            ConnectResult result = await bench.Transport.ConnectAsync(bench.Loop, endPoint, 5000);
            Assert.True(bench.Loop.IsCurrent);
            Assert.Equal(ConnectFailure.None, result.Failure);
            ConnectionContext connection = result.Connection!;
            Assert.Equal(endPoint, connection.RemoteEndPoint);
            await connection.Transport.Output.WriteAsync("ping"u8.ToArray());
            ReadResult read = await connection.Transport.Input.ReadAtLeastAsync(4);
            Assert.Equal(4, read.Buffer.Length);
            await connection.DisposeAsync();
        });
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Connect_FromAnotherThread_Works(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        EndPoint endPoint = await bench.ListenAsync(Handlers.EchoAsync);
        ConnectResult result = await bench.Transport.ConnectAsync(bench.Loop, endPoint, 5000);
        Assert.True(result.IsConnected);
        await result.Connection.DisposeAsync();
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Connect_NobodyListens_IsRefused(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        using ReservedPort nobody = ReservedPort.Take();
        ConnectResult result = await bench.Loop.RunAsync(
            async () => await bench.Transport.ConnectAsync(bench.Loop, nobody.EndPoint, 5000));
        Assert.Equal(ConnectFailure.Refused, result.Failure);
        Assert.False(result.IsConnected);
        Assert.NotEqual(0, result.ErrorNumber);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Connect_MissingUnixSocket_IsRefused(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        var endPoint = new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        ConnectResult result = await bench.Loop.RunAsync(
            async () => await bench.Transport.ConnectAsync(bench.Loop, endPoint, 5000));
        Assert.Equal(ConnectFailure.Refused, result.Failure);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Connect_NobodyAnswers_TimesOut(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        using var full = new FullListener();
        ConnectResult result = await bench.Loop.RunAsync(
            async () => await bench.Transport.ConnectAsync(bench.Loop, full.EndPoint, 50));
        Assert.Equal(ConnectFailure.TimedOut, result.Failure);
        await bench.ExpectNothingLeftAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Connect_Canceled_SaysSo(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        using var full = new FullListener();
        using var cancellation = new CancellationTokenSource();
        Task<ConnectResult> connecting = bench.Loop.RunAsync(
            async () => await bench.Transport.ConnectAsync(bench.Loop, full.EndPoint, 20_000, cancellation.Token));
        await bench.Loop.RunAsync(() => Task.CompletedTask);
        Assert.False(connecting.IsCompleted);
        await cancellation.CancelAsync();
        Assert.Equal(ConnectFailure.Canceled, (await connecting).Failure);
        ConnectResult late = await bench.Loop.RunAsync(
            async () => await bench.Transport.ConnectAsync(bench.Loop, full.EndPoint, 20_000, cancellation.Token));
        Assert.Equal(ConnectFailure.Canceled, late.Failure);
    }

    [IPv6Theory]
    [MemberData(nameof(Kinds))]
    public async Task Echo_OverIPv6_Works(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        EndPoint endPoint = await bench.ListenAsync(Handlers.EchoAsync, new IPEndPoint(IPAddress.IPv6Loopback, 0));
        await bench.Loop.RunAsync(async () =>
        {
            ConnectResult result = await bench.Transport.ConnectAsync(bench.Loop, endPoint, 5000);
            await result.Connection!.Transport.Output.WriteAsync("ping"u8.ToArray());
            Assert.Equal(4, (await result.Connection.Transport.Input.ReadAtLeastAsync(4)).Buffer.Length);
            Assert.Equal(IPAddress.IPv6Loopback, ((IPEndPoint)result.Connection.LocalEndPoint!).Address);
            await result.Connection.DisposeAsync();
        });
    }

    [IPv6Theory]
    [MemberData(nameof(Kinds))]
    public async Task Listen_OnAnyIPv6_LeavesThePortToIPv4(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        var six = (IPEndPoint)await bench.ListenAsync(Handlers.EchoAsync, new IPEndPoint(IPAddress.IPv6Any, 0));
        using var four = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        four.Bind(new IPEndPoint(IPAddress.Any, six.Port));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Echo_OverUnixSocketOnTwoLoops_Works(TransportKind kind)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        string samePath = Path.Combine(Path.GetTempPath(), ".", Path.GetFileName(path));
        await using (var bench = new TransportBench(kind, new TransportOptions { LoopCount = 2 }))
        {
            var endPoint = new UnixDomainSocketEndPoint(path);
            await bench.ListenAsync(Handlers.EchoAsync, endPoint);
            await bench.ListenAsync(Handlers.EchoAsync, endPoint, bench.Transport.Loops[1]);
            for (int i = 0; i < 20; i++)
            {
                await bench.Loop.RunAsync(async () =>
                {
                    ConnectResult result = await bench.Transport.ConnectAsync(bench.Loop, endPoint, 5000);
                    byte[] bytes = Bytes.Pattern(300_000);
                    ValueTask<FlushResult> write = result.Connection!.Transport.Output.WriteAsync(bytes);
                    ReadResult read = await result.Connection.Transport.Input.ReadAtLeastAsync(bytes.Length);
                    await write;
                    Bytes.AssertPattern(read.Buffer, 0);
                    await result.Connection.DisposeAsync();
                });
            }

            await bench.ExpectNothingLeftAsync();
            if (kind == TransportKind.Epoll)
            {
                await Assert.ThrowsAsync<AddressInUseException>(
                    () => bench.ListenAsync(Handlers.EchoAsync, new UnixDomainSocketEndPoint(samePath)));
            }
        }

        Assert.False(File.Exists(path));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Listen_OnStaleUnixSocketFile_ReplacesIt(TransportKind kind)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        string kept = path + ".kept";
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // .NET removes the file it bound; one that was moved stays behind as after a crash.
            dead.Bind(new UnixDomainSocketEndPoint(kept));
            File.Move(kept, path);
        }

        await using var bench = new TransportBench(kind);
        await bench.ListenAsync(Handlers.EchoAsync, new UnixDomainSocketEndPoint(path));
        using Socket client = await bench.ConnectSocketAsync();
        await client.SendAllAsync("x"u8.ToArray());
        Assert.Single(await client.ReceiveExactlyAsync(1));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Listen_PortTaken_ThrowsAddressInUse(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        await Assert.ThrowsAsync<AddressInUseException>(() => bench.ListenAsync(Handlers.EchoAsync, taken.LocalEndPoint));
    }

    [Theory]
    [MemberData(nameof(KindsAndReuse))]
    public async Task Listen_OnTwoLoops_BothServe(TransportKind kind, bool reusePort)
    {
        await using var bench = new TransportBench(kind, new TransportOptions { LoopCount = 2 });
        var seen = new HashSet<int>();
        async Task Handle(ConnectionContext connection)
        {
            lock (seen)
            {
                seen.Add(EventLoop.Current!.Id);
            }

            await Handlers.EchoAsync(connection);
        }

        var options = new ListenerSocketOptions { ReusePort = reusePort };
        EndPoint endPoint = await bench.ListenAsync(Handle, options: options);
        await bench.ListenAsync(Handle, endPoint, bench.Transport.Loops[1], options);
        var clients = new List<Socket>();
        for (int i = 0; i < 400 && Seen() < 2; i++)
        {
            Socket client = await bench.ConnectSocketAsync(endPoint);
            clients.Add(client);
            await client.SendAllAsync("x"u8.ToArray());
            await client.ReceiveExactlyAsync(1);
        }

        Assert.True(reusePort ? Seen() == 2 : Seen() >= 1);
        clients.ForEach(client => client.Dispose());
        await bench.ExpectNothingLeftAsync();

        int Seen()
        {
            lock (seen)
            {
                return seen.Count;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Unbind_EndsAcceptingAndLeavesConnections(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        EndPoint endPoint = await bench.ListenAsync(Handlers.EchoAsync);
        using Socket client = await bench.ConnectSocketAsync();
        await client.SendAllAsync("a"u8.ToArray());
        await client.ReceiveExactlyAsync(1);
        await bench.UnbindAsync();
        await Eventually.TrueAsync(() => IsRefused(endPoint), "the port is closed");
        await client.SendAllAsync("b"u8.ToArray());
        await client.ReceiveExactlyAsync(1);

        static bool IsRefused(EndPoint endPoint)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(endPoint);
                return false;
            }
            catch (SocketException exception)
            {
                return exception.SocketErrorCode == SocketError.ConnectionRefused;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Unbind_ConnectionsWaitToBeAccepted_StillDeliversThem(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        IConnectionListener listener = await bench.Transport.CreateListenerFactory(bench.Loop, new ListenerSocketOptions())
            .BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using Socket first = await bench.ConnectSocketAsync(listener.EndPoint);
        using Socket second = await bench.ConnectSocketAsync(listener.EndPoint);
        await listener.UnbindAsync();
        await bench.Loop.RunAsync(async () =>
        {
            for (int i = 0; i < 2; i++)
            {
                ConnectionContext? connection = await listener.AcceptAsync();
                Assert.NotNull(connection);
                await connection.DisposeAsync();
            }

            Assert.Null(await listener.AcceptAsync());
            Assert.Null(await listener.AcceptAsync());
        });
        await listener.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Accept_DeferredWithKeepAlive_StillServes(TransportKind kind)
    {
        await using var bench = new TransportBench(kind);
        var options = new ListenerSocketOptions
        {
            DeferAccept = true,
            KeepAlive = true,
            KeepAliveIdleSeconds = 33,
            KeepAliveIntervalSeconds = 7,
            KeepAliveProbes = 3,
            Backlog = 16,
        };
        await bench.ListenAsync(Handlers.EchoAsync, options: options);
        using Socket client = await bench.ConnectSocketAsync();
        await client.SendAllAsync("x"u8.ToArray());
        await client.ReceiveExactlyAsync(1);
    }
}
