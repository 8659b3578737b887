using System.Globalization;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// The Host field of requests to an endpoint (<c>kong/runloop/balancer/init.lua</c> set_host_header): the upstream's <c>host_header</c>, else the
/// target's host, followed by the endpoint's port unless that is the scheme's own. Immutable.
/// </summary>
/// <param name="HostHeader">What the upstream sends instead of its targets' names; its own port is kept.</param>
/// <param name="IsTls">Whether the scheme is https.</param>
/// <param name="UseServiceName">Whether the host of an SRV record goes before the target's name (<c>use_srv_name</c>).</param>
internal sealed record HostFields(string? HostHeader, bool IsTls, bool UseServiceName = false)
{
    /// <summary>The field for one address of a target.</summary>
    public string Of(string host, in ResolvedAddress address)
    {
        string name = HostHeader ?? (UseServiceName && address.ServiceHost is { } service ? service : host);
        if (HostHeader is not null && HasPort(HostHeader))
        {
            return HostHeader;
        }

        string shown = name.Contains(':', StringComparison.Ordinal) && !name.StartsWith('[') ? $"[{name}]" : name;
        return address.Port == (IsTls ? 443 : 80) ? shown : string.Create(CultureInfo.InvariantCulture, $"{shown}:{address.Port}");
    }

    private static bool HasPort(string host) =>
        host.LastIndexOf(':') is > 0 and int colon && (host[colon - 1] == ']' || host.IndexOf(':', StringComparison.Ordinal) == colon);
}
