using System.Net;
using System.Net.Sockets;
using VoltageSoda.Edge.Cli.Demo;

namespace VoltageSoda.Edge.Tests.Cli;

public sealed class DemoPortsTests
{
    [Fact]
    public void Choose_TakenPort_GetsAFreeOneAndSaysSo()
    {
        using Socket holder = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        int port = ((IPEndPoint)holder.LocalEndPoint!).Port;
        Dictionary<string, string> variables = [];

        IReadOnlyList<string> notes = DemoPorts.Choose(variables, _ => false, [("KONG_PROXY_LISTEN", port)]);

        Assert.Equal("127.0.0.1:0", variables["KONG_PROXY_LISTEN"]);
        Assert.Contains($"Port {port} is taken", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_FreePort_IsTaken()
    {
        int port;
        using (Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            port = ((IPEndPoint)probe.LocalEndPoint!).Port;
        }

        Dictionary<string, string> variables = [];

        Assert.Empty(DemoPorts.Choose(variables, _ => false, [("KONG_STATUS_LISTEN", port)]));
        Assert.Equal($"127.0.0.1:{port}", variables["KONG_STATUS_LISTEN"]);
    }

    [Fact]
    public void Choose_GivenListener_IsRespected()
    {
        Dictionary<string, string> variables = new() { ["KONG_PROXY_LISTEN"] = "0.0.0.0:9999" };

        DemoPorts.Choose(variables, variables.ContainsKey, [("KONG_PROXY_LISTEN", 1)]);

        Assert.Equal("0.0.0.0:9999", variables["KONG_PROXY_LISTEN"]);
    }
}
