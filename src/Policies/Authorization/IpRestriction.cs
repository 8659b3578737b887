using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Authorization;

/// <summary>
/// Kong's ip-restriction plugin (P/ip-restriction/handler.lua): deny is asked first, then allow must contain the client. Immutable,
/// thread-safe, no allocation.
/// </summary>
public sealed class IpRestriction
{
    private static readonly KongErrorBody NoAddress =
        KongErrorBody.Templated("Cannot identify the client IP address, unix domain sockets are not supported.");

    private readonly CidrMatch _allow;
    private readonly CidrMatch _deny;
    private readonly int _status;
    private readonly KongErrorBody _body;

    /// <param name="allow">Networks of which one must contain the client; empty: no such list.</param>
    /// <param name="deny">Networks of which none may; empty: no such list.</param>
    /// <param name="status">Status of a refusal; null is 403.</param>
    /// <param name="message">Message of a refusal; null is Kong's.</param>
    public IpRestriction(IEnumerable<string> allow, IEnumerable<string> deny, int? status = null, string? message = null)
    {
        _allow = new CidrMatch(allow);
        _deny = new CidrMatch(deny);
        if (_allow.IsEmpty && _deny.IsEmpty)
        {
            throw new ArgumentException("An ip-restriction without allow and deny would let everybody in.", nameof(allow));
        }

        _status = status ?? 403;
        _body = KongErrorBody.Templated(message ?? "Your IP address is not allowed");
    }

    /// <summary>Whether a client may pass; if not, with what it is refused. A client without an IP address never may.</summary>
    public bool Admits(in ClientAddress client, out int status, out KongErrorBody? body)
    {
        bool admitted = client.HasValue && !_deny.Contains(in client) && (_allow.IsEmpty || _allow.Contains(in client));
        status = admitted ? 0 : client.HasValue ? _status : 403;
        body = admitted ? null : client.HasValue ? _body : NoAddress;
        return admitted;
    }
}
