using System.Net;
using System.Net.Sockets;

namespace VoltageSoda.Edge.Cli.Demo;

/// <summary>
/// Where the demo listens: what the operator set, else Kong's ports on 127.0.0.1, else a free port where another process holds Kong's.
/// </summary>
internal static class DemoPorts
{
    private const string ProxyListen = "KONG_PROXY_LISTEN";
    private const int TlsPort = 8443;

    private static readonly (string Name, int Port)[] OfKong = [(ProxyListen, 8000), ("KONG_STATUS_LISTEN", 8100), ("KONG_ADMIN_LISTEN", 8001)];

    /// <summary>Fills in the listeners that are not given; returns a sentence for each port that was taken.</summary>
    public static IReadOnlyList<string> Choose(Dictionary<string, string> variables, Func<string, bool> isGiven)
    {
        IReadOnlyList<string> taken = Choose(variables, isGiven, OfKong);
        if (isGiven(ProxyListen))
        {
            return taken;
        }

        bool free = IsFree(TlsPort);
        variables[ProxyListen] += $", 127.0.0.1:{(free ? TlsPort : 0)} ssl";
        return free ? taken : [.. taken, $"Port {TlsPort} is taken, so TLS got a free one; set {ProxyListen} to choose another."];
    }

    /// <summary>As the other overload, with other ports to begin with.</summary>
    public static IReadOnlyList<string> Choose(
        Dictionary<string, string> variables, Func<string, bool> isGiven, IReadOnlyList<(string Name, int Port)> wanted)
    {
        List<string> taken = [];
        foreach ((string name, int port) in wanted)
        {
            if (isGiven(name))
            {
                continue;
            }

            bool free = IsFree(port);
            variables[name] = $"127.0.0.1:{(free ? port : 0)}";
            if (!free)
            {
                taken.Add($"Port {port} is taken, so {name} got a free one; set it to choose another.");
            }
        }

        if (!isGiven("KONG_ADMIN_GUI_LISTEN"))
        {
            variables["KONG_ADMIN_GUI_LISTEN"] = "off";
        }

        return taken;
    }

    private static bool IsFree(int port)
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
