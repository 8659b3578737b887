using System.Net;
using System.Net.Sockets;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>What the tests rely on: a number that is held answers nobody and is given to nobody, and whoever is told it may listen.</summary>
public sealed class ReservedPortTests
{
    [Fact]
    public async Task Held_IsRefused_AndGivenToNobody()
    {
        using ReservedPort port = ReservedPort.Take();
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(port.EndPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        AssertGivenToNobody(port.EndPoint);
    }

    [Fact]
    public async Task Upstream_MayEndAndComeBackOnIt_WhileAConnectionOfTheFirstIsOpen()
    {
        using ReservedPort port = ReservedPort.Take();
        for (int i = 0; i < 3; i++)
        {
            await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"), port.Number);
            await using RawClient client = await RawClient.ConnectAsync(port.EndPoint);
            Assert.Equal(200, (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(port.EndPoint));
    }

    [Fact]
    public async Task Upstream_ThatHasEnded_LeavesItsPortToNobody()
    {
        ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        await upstream.DisposeAsync();
        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(upstream.EndPoint));
        AssertGivenToNobody(upstream.EndPoint);
    }

    private static void AssertGivenToNobody(IPEndPoint held)
    {
        List<Socket> others = [];
        for (int i = 0; i < 500; i++)
        {
            Socket other = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            others.Add(other);
        }

        Assert.DoesNotContain(others, other => ((IPEndPoint)other.LocalEndPoint!).Port == held.Port);
        others.ForEach(static other => other.Dispose());
    }
}
