using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>The edge as it is deployed, a process of its own: how it stops, and what it weighs.</summary>
[Collection("process")]
public sealed partial class RunCommandTests
{
    private const int Sigquit = 3;
    private const int Sigterm = 15;
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const long Mebibyte = 1 << 20;

    [Fact]
    public async Task Sigterm_WhileServing_GoesThroughTheWholeSequence()
    {
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            while (await peer.RequestAsync() is { } request)
            {
                if (request.Target == "/slow")
                {
                    arrived.SetResult();
                    await answer.Task;
                }

                await peer.SendAsync(ScriptedUpstream.Ok("x"));
            }
        });
        await using ChildProcess process = Start(upstream, ("MINIMUM_DRAIN_DURATION", "5s"), ("EDGE_DRAIN_TIMEOUT", "30s"));
        (IPEndPoint proxy, IPEndPoint status) = await ReadyAsync(process);

        // Asked on one connection, so that little has to happen within the minimum.
        const string Ready = "GET /status/ready HTTP/1.1\r\nHost: a\r\n\r\n";
        await using RawClient probe = await RawClient.ConnectAsync(status);
        Assert.Equal(200, (await probe.ExchangeAsync(Ready)).Status);
        await using RawClient idle = await RawClient.ConnectAsync(proxy);
        Assert.Null((await idle.ExchangeAsync(Get)).Header("Connection"));
        await using RawClient busy = await RawClient.ConnectAsync(proxy);
        await busy.SendAsync("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        await arrived.Task;

        // Not ready at once, while new connections are still served.
        process.Signal(Sigterm);
        await process.PrintedAsync("draining: SIGTERM");
        Assert.Equal(503, (await probe.ExchangeAsync(Ready)).Status);
        await using (RawClient late = await RawClient.ConnectAsync(proxy))
        {
            Assert.Equal(200, (await late.ExchangeAsync(Get)).Status);
        }

        // Then idle connections end, nobody new is let in, and what was in flight is finished and closed politely.
        Assert.True(await idle.IsClosedAsync());
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => RawClient.ConnectAsync(proxy));
        answer.SetResult();
        RawResponse response = await busy.ReceiveAsync();
        Assert.Equal(200, response.Status);
        Assert.Equal("close", response.Header("Connection"));
        Assert.True(await busy.IsClosedAsync());
        busy.HalfClose();
        Assert.Equal(0, await process.ExitCodeAsync());
        Assert.Contains("stopped: 0 exchanges were cut", process.Output);
    }

    [Fact]
    public async Task Sigquit_Idle_SkipsTheMinimum()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using ChildProcess process = Start(upstream, ("MINIMUM_DRAIN_DURATION", "10m"));
        await ReadyAsync(process);
        process.Signal(Sigquit);
        Assert.Equal(0, await process.ExitCodeAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ExchangeThatDoesNotEnd_IsCutAtTheDeadlineOrBySecondSignal(bool secondSignal)
    {
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream upstream = ScriptedUpstream.Script(async peer =>
        {
            await peer.RequestAsync();
            arrived.SetResult();
            await peer.ToEndAsync();
        });
        await using ChildProcess process = Start(upstream, ("MINIMUM_DRAIN_DURATION", "10m"), ("EDGE_DRAIN_TIMEOUT", secondSignal ? "10m" : "1s"));
        (IPEndPoint proxy, _) = await ReadyAsync(process);
        await using RawClient busy = await RawClient.ConnectAsync(proxy);
        await busy.SendAsync(Get);
        await arrived.Task;
        process.Signal(secondSignal ? Sigterm : Sigquit);
        if (secondSignal)
        {
            await process.PrintedAsync("draining: SIGTERM");
            process.Signal(Sigterm);
        }

        Assert.Equal(1, await process.ExitCodeAsync());
        Assert.Contains("stopped: 1 exchanges were cut", process.Output);
        Assert.True(await busy.IsClosedAsync());
    }

    [Fact]
    public async Task SecondProcess_OnTheSameListener_IsRefused()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using ChildProcess first = Start(upstream);
        (IPEndPoint proxy, _) = await ReadyAsync(first);
        await using ChildProcess second = Start(upstream, ("KONG_PROXY_LISTEN", $"{proxy} reuseport"));
        Assert.Equal(1, await second.ExitCodeAsync());
        Assert.Contains(proxy.Port.ToString(CultureInfo.InvariantCulture), second.Output);
        await using RawClient client = await RawClient.ConnectAsync(proxy);
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
    }

    [Fact]
    public async Task Memory_Idle_AndWithFiveThousandConnections_StaysWithinItsBounds()
    {
        const int Connections = 5000;
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await using ChildProcess process = Start(upstream, ("EDGE_TIMEOUT_IDLE", "10m"));
        (IPEndPoint proxy, IPEndPoint status) = await ReadyAsync(process);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(status));
        long idle = process.ResidentBytes;
        Assert.True(idle < 80 * Mebibyte, $"{idle / Mebibyte} MiB idle");

        List<System.Net.Sockets.Socket> sockets = [];
        byte[] request = System.Text.Encoding.ASCII.GetBytes(Get);
        byte[] buffer = new byte[4096];
        try
        {
            for (int i = 0; i < Connections; i++)
            {
                System.Net.Sockets.Socket socket = new(proxy.AddressFamily, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                sockets.Add(socket);
                socket.ReceiveTimeout = 30_000;
                socket.Connect(proxy);
                socket.Send(request);
                Assert.True(socket.Receive(buffer) > 0);
            }

            long busy = process.ResidentBytes;
            Assert.True(busy < 120 * Mebibyte, $"{busy / Mebibyte} MiB with {Connections} idle connections, {idle / Mebibyte} without");

            // They are all still open.
            Answers(sockets[0]);
            Answers(sockets[^1]);
        }
        finally
        {
            foreach (System.Net.Sockets.Socket socket in sockets)
            {
                socket.Dispose();
            }
        }

        void Answers(System.Net.Sockets.Socket socket)
        {
            socket.Send(request);
            Assert.True(socket.Receive(buffer) > 0);
        }
    }

    private static ChildProcess Start(ScriptedUpstream upstream, params (string Name, string Value)[] settings) => new(
        [
            ("KONG_PROXY_LISTEN", "127.0.0.1:0"),
            ("KONG_STATUS_LISTEN", "127.0.0.1:0"),
            ("KONG_ADMIN_LISTEN", "off"),
            ("KONG_ADMIN_GUI_LISTEN", "off"),
            ("KONG_PROXY_ACCESS_LOG", "off"),
            ("EDGE_LOOPS", "1"),
            ("KONG_DECLARATIVE_CONFIG_STRING", KongText.Single(upstream.Address)),
            .. settings,
        ],
        "run");

    private static async Task<(IPEndPoint Proxy, IPEndPoint Status)> ReadyAsync(ChildProcess process)
    {
        await process.PrintedAsync("ready after");
        string output = process.Output;
        return (IPEndPoint.Parse(Listening().Match(output).Groups[1].Value), IPEndPoint.Parse(StatusListening().Match(output).Groups[1].Value));
    }

    private static async Task<HttpStatusCode> StatusAsync(IPEndPoint status)
    {
        using HttpClient client = new();
        using HttpResponseMessage response = await client.GetAsync(new Uri($"http://{status}/status/ready"));
        return response.StatusCode;
    }

    [GeneratedRegex(@"(?<!status )listening on (?:http://)?(127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();

    [GeneratedRegex(@"status listening on (?:http://)?(127\.0\.0\.1:\d+)")]
    private static partial Regex StatusListening();
}

/// <summary>Tests that start the edge as a process, one after the other.</summary>
[CollectionDefinition("process", DisableParallelization = true)]
public sealed class ProcessCollection;
