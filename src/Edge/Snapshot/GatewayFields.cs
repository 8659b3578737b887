using System.Text;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Which fields the gateway adds to answers (<c>KONG_HEADERS</c>) and to upstream requests (<c>KONG_HEADERS_UPSTREAM</c>), and its product
/// token (<c>EDGE_PRODUCT</c>). Immutable.
/// </summary>
internal sealed class GatewayFields
{
    public GatewayFields(string? product, KongHeaders headers, KongHeaders upstreamHeaders)
    {
        Product = product ?? "voltagesoda-edge/" + ThisVersion;
        ProductUtf8 = Encoding.ASCII.GetBytes(Product);
        HopUtf8 = Encoding.ASCII.GetBytes("1.1 " + Product);
        Server = headers.HasFlag(KongHeaders.Server);
        Via = headers.HasFlag(KongHeaders.Via);
        ProxyLatency = headers.HasFlag(KongHeaders.ProxyLatency);
        ResponseLatency = headers.HasFlag(KongHeaders.ResponseLatency);
        UpstreamLatency = headers.HasFlag(KongHeaders.UpstreamLatency);
        UpstreamStatus = headers.HasFlag(KongHeaders.UpstreamStatus);
        RequestId = headers.HasFlag(KongHeaders.RequestId);
        UpstreamRequestId = upstreamHeaders.HasFlag(KongHeaders.RequestId);
    }

    /// <summary>Version of this build, three numbers. Stands before what is made with it.</summary>
    public static string ThisVersion { get; } = typeof(GatewayFields).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>What stock Kong adds, with our token.</summary>
    public static GatewayFields Default { get; } = new(
        null,
        KongHeaders.Server | KongHeaders.Via | KongHeaders.ProxyLatency | KongHeaders.ResponseLatency | KongHeaders.UpstreamLatency
            | KongHeaders.AdminLatency | KongHeaders.RequestId,
        KongHeaders.RequestId);

    public string Product { get; }

    public ReadOnlyMemory<byte> ProductUtf8 { get; }

    /// <summary>What this gateway adds to a request's Via.</summary>
    public ReadOnlyMemory<byte> HopUtf8 { get; }

    public bool Server { get; }

    public bool Via { get; }

    public bool ProxyLatency { get; }

    public bool ResponseLatency { get; }

    public bool UpstreamLatency { get; }

    public bool UpstreamStatus { get; }

    public bool RequestId { get; }

    public bool UpstreamRequestId { get; }
}
