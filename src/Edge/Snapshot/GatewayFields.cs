using System.Text;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// Which fields the gateway adds to answers (<c>KONG_HEADERS</c>) and to upstream requests (<c>KONG_HEADERS_UPSTREAM</c>), and its product
/// token. Immutable; whole lines are prebuilt.
/// </summary>
internal sealed class GatewayFields
{
    public GatewayFields(string product, IEnumerable<string> headers, IEnumerable<string> upstreamHeaders)
    {
        Product = product;
        foreach (string header in headers)
        {
            switch (header.Trim().ToLowerInvariant())
            {
                case "server_tokens":
                    Server = Via = true;
                    break;
                case "latency_tokens":
                    ProxyLatency = ResponseLatency = UpstreamLatency = AdminLatency = true;
                    break;
                case "server":
                    Server = true;
                    break;
                case "via":
                    Via = true;
                    break;
                case "x-kong-proxy-latency":
                    ProxyLatency = true;
                    break;
                case "x-kong-response-latency":
                    ResponseLatency = true;
                    break;
                case "x-kong-upstream-latency":
                    UpstreamLatency = true;
                    break;
                case "x-kong-admin-latency":
                    AdminLatency = true;
                    break;
                case "x-kong-upstream-status":
                    UpstreamStatus = true;
                    break;
                case "x-kong-request-id":
                    RequestId = true;
                    break;
            }
        }

        foreach (string header in upstreamHeaders)
        {
            UpstreamRequestId |= header.Trim().Equals("X-Kong-Request-Id", StringComparison.OrdinalIgnoreCase);
        }

        ProductUtf8 = Encoding.ASCII.GetBytes(product);
        ServerLine = Encoding.ASCII.GetBytes($"Server: {product}\r\n");
        ViaLine = Encoding.ASCII.GetBytes($"Via: {product}\r\n");
    }

    public static GatewayFields Default { get; } =
        new("voltagesoda-edge/" + ThisVersion(), ["server_tokens", "latency_tokens", "X-Kong-Request-Id"], ["X-Kong-Request-Id"]);

    public string Product { get; }

    public ReadOnlyMemory<byte> ProductUtf8 { get; }

    /// <summary><c>Server: product CRLF</c>.</summary>
    public ReadOnlyMemory<byte> ServerLine { get; }

    /// <summary><c>Via: product CRLF</c>, Kong 3.4's shape.</summary>
    public ReadOnlyMemory<byte> ViaLine { get; }

    public bool Server { get; }

    public bool Via { get; }

    public bool ProxyLatency { get; }

    public bool ResponseLatency { get; }

    public bool UpstreamLatency { get; }

    public bool AdminLatency { get; }

    public bool UpstreamStatus { get; }

    public bool RequestId { get; }

    public bool UpstreamRequestId { get; }

    public static string ThisVersion() =>
        typeof(GatewayFields).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
