using System.Text;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Upstream.Health;

/// <summary>What an active check sends to every target of an upstream (Kong: lua-resty-healthcheck, <c>run_single_check</c>). Immutable.</summary>
internal sealed class ProbeRequest
{
    private const string UserAgent = "lua-resty-healthcheck/3.0.1 (unix) voltage-edge";

    private readonly string? _hostHeader;
    private readonly UpstreamTls _tls;
    private readonly string _beforeHost;

    public ProbeRequest(KongActiveCheck check, string? hostHeader, UpstreamTls? tls = null)
    {
        Check = check;
        _tls = (tls ?? new UpstreamTls()) with { Verify = check.HttpsVerifyCertificate };
        _hostHeader = Header(check, "Host") ?? hostHeader;
        StringBuilder head = new();
        head.Append("GET ").Append(check.HttpPath).Append(" HTTP/1.1\r\nConnection: close\r\n");
        foreach ((string name, IReadOnlyList<string> values) in check.Headers)
        {
            if (!name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !name.Equals("Connection", StringComparison.OrdinalIgnoreCase))
            {
                foreach (string value in values)
                {
                    head.Append(name).Append(": ").Append(value).Append("\r\n");
                }
            }
        }

        if (Header(check, "User-Agent") is null)
        {
            head.Append("User-Agent: ").Append(UserAgent).Append("\r\n");
        }

        _beforeHost = head.ToString();
    }

    public KongActiveCheck Check { get; }

    public bool IsHttp => Check.Type is "http" or "https";

    public bool IsTls => Check.Type == "https";

    /// <summary>The request to a target: the Host field is the upstream's host_header or the target's name, without port as Kong sends it.</summary>
    public byte[] To(string hostName) => Encoding.Latin1.GetBytes($"{_beforeHost}Host: {_hostHeader ?? hostName}\r\n\r\n");

    /// <summary>How the connection to a target is secured: the certificate is asked for by the SNI of the check or the target's name.</summary>
    public UpstreamTls TlsTo(string hostName) => _tls.For(Check.HttpsSni ?? hostName);

    private static string? Header(KongActiveCheck check, string name) =>
        check.Headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value is [string first, ..] ? first : null;
}
