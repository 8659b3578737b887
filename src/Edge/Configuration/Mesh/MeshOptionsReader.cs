using System.Collections.Immutable;
using System.Globalization;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Turns the settings of the process into what decides how Gateways are served.</summary>
internal static class MeshOptionsReader
{
    private const string PortStart = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
    private const string OwnStatus = "/proc/self/status";

    // CAP_NET_BIND_SERVICE, capabilities(7).
    private const int BindService = 10;

    public static MeshOptions Read(EdgeSettings settings) => new()
    {
        Bind = settings.Listeners.GatewayBind,
        PortMap = settings.Listeners.GatewayPortMap.ToImmutableDictionary(),
        RouteOrder = settings.Sources.IstioRouteOrder == IstioRouteOrder.Specificity ? RouteOrder.Specificity : RouteOrder.FirstMatch,
        LowestPort = LowestPort(),
    };

    // Where nothing is known nothing is refused: binding will tell.
    private static int LowestPort()
    {
        try
        {
            string? capabilities = File.ReadLines(OwnStatus).FirstOrDefault(static line => line.StartsWith("CapEff:", StringComparison.Ordinal));
            return capabilities is null || (Hex(capabilities["CapEff:".Length..]) & (1UL << BindService)) != 0
                ? 0
                : int.Parse(File.ReadAllText(PortStart), CultureInfo.InvariantCulture);
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or FormatException)
        {
            return 0;
        }
    }

    private static ulong Hex(string digits) => ulong.Parse(digits.Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
