using System.Globalization;
using VoltageSoda.Edge.Upstream.Dns;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// The Host field of requests to an endpoint (<c>kong/runloop/balancer/init.lua</c> set_host_header): the upstream's <c>host_header</c>, else the
/// target's host, followed by the endpoint's port unless that is the scheme's own. Immutable.
/// </summary>
/// <param name="HostHeader">What the upstream sends instead of its targets' names; its own port is kept.</param>
/// <param name="Tls">How connections are secured when the scheme is https; null for http.</param>
/// <param name="UseServiceName">Whether the host of an SRV record goes before the target's name (<c>use_srv_name</c>).</param>
internal sealed record HostFields(string? HostHeader, UpstreamTls? Tls, bool UseServiceName = false)
{
    private readonly Dictionary<string, UpstreamTls> _tls = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether <see cref="HostHeader"/> and <see cref="Tls"/> hold as they are, whatever the endpoint: one service, one name.</summary>
    public bool AsGiven { get; init; }

    /// <summary>
    /// TLS towards one address of a target: the server name is the Host field without its port, as nginx takes it from <c>$upstream_host</c>. One
    /// caller at a time.
    /// </summary>
    public UpstreamTls? TlsOf(string host, in ResolvedAddress address)
    {
        if (Tls is null || AsGiven)
        {
            return Tls;
        }

        string name = Of(host, address);
        name = HasPort(name) ? name[..name.LastIndexOf(':')] : name;
        name = name.Trim('[', ']').TrimEnd('.');
        if (!_tls.TryGetValue(name, out UpstreamTls? tls))
        {
            tls = Tls.For(name);
            _tls[name] = tls;
        }

        return tls;
    }

    /// <summary>The field for one address of a target.</summary>
    public string Of(string host, in ResolvedAddress address)
    {
        string name = HostHeader ?? (UseServiceName && address.ServiceHost is { } service ? service : host);
        if (HostHeader is not null && (AsGiven || HasPort(HostHeader)))
        {
            return HostHeader;
        }

        string shown = name.Contains(':', StringComparison.Ordinal) && !name.StartsWith('[') ? $"[{name}]" : name;
        return address.Port == (Tls is not null ? 443 : 80) ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown}:{address.Port}");
    }

    private static bool HasPort(string host) =>
        host.LastIndexOf(':') is > 0 and int colon && (host[colon - 1] == ']' || host.IndexOf(':', StringComparison.Ordinal) == colon);
}
