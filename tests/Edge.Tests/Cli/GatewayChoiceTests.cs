using System.Net;
using VoltageSoda.Edge.Cli.Explain;
using VoltageSoda.Edge.Cli.Explain.Mesh;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Tests.Snapshot.Mesh;

namespace VoltageSoda.Edge.Tests.Cli;

public sealed class GatewayChoiceTests
{
    private const string Route = "- route: [{destination: {host: a}}]";

    [Theory]
    [InlineData("http://a.com/", true, 80)] // Its default port, and the Gateway knows the host.
    [InlineData("http://b.com/", true, null)] // Unknown there: Kong's.
    [InlineData("http://b.com/", false, 80)]
    [InlineData("http://b.com:80/", true, 80)]
    [InlineData("http://a.com:8000/", true, null)] // Kong has this port.
    [InlineData("http://a.com:9999/", true, null)]
    [InlineData("http://a.com:9999/", false, 80)]
    [InlineData("/path", true, null)]
    [InlineData("/path", false, 80)]
    [InlineData("https://a.com/", false, null)] // No TLS listener.
    public void Of_Url_PicksTheNearestListener(string url, bool hasKong, int? port)
    {
        MeshYaml mesh = MeshYaml.Compile(
            GatewayMergeTests.Gateway("gw", GatewayMergeTests.Server(80, "http", "HTTP", "a.com")), MeshYaml.VirtualService("v", "a.com", Route));
        ListenAddress[] kong = hasKong ? [new ListenAddress { Ip = IPAddress.Any, Port = 8000, Text = "0.0.0.0:8000" }] : [];

        GatewayChoice? choice = GatewayChoice.Of(RequestLine.Parse("GET", url, [], IPAddress.Loopback), mesh.Snapshot, kong, hasKong);

        Assert.Equal(port, choice?.Listener.Port);
    }
}
