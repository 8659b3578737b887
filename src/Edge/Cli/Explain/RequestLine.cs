using System.Globalization;
using System.Net;
using System.Text;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>
/// A request as the command line gives it. Its head is made of the bytes as they are, so that what breaks a rule of the wire reaches the
/// reader that judges it. Immutable.
/// </summary>
internal sealed record RequestLine
{
    public required string Method { get; init; }

    /// <summary>Request target: what stands after the authority of a URL, or the argument itself when it is no URL.</summary>
    public required string Target { get; init; }

    /// <summary>Host and port of the URL; null when only a path was given.</summary>
    public string? Authority { get; init; }

    public bool IsHttps { get; init; }

    /// <summary>Port of the URL; null when it names none.</summary>
    public int? Port { get; init; }

    /// <summary>What a client names in its TLS handshake: the URL's host, unless that is an address (RFC 6066 section 3).</summary>
    public string? ServerName
    {
        get
        {
            string host = Port is { } port ? Authority![..^(port.ToString(CultureInfo.InvariantCulture).Length + 1)] : Authority ?? "";
            return host.Length == 0 || IPAddress.TryParse(host.Trim('[', ']'), out _) ? null : host.TrimEnd('.').ToLowerInvariant();
        }
    }

    /// <summary>Field lines as given.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Address that connects.</summary>
    public IPAddress Client { get; init; } = IPAddress.Loopback;

    /// <summary>Takes a URL apart without normalising anything, as a client does that sends what it is told (curl's --path-as-is).</summary>
    public static RequestLine Parse(string method, string url, IReadOnlyList<string> fields, IPAddress client)
    {
        bool https = url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!https && !url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            return new RequestLine { Method = method, Target = url, Fields = fields, Client = client };
        }

        // A client never sends the fragment.
        string rest = url[(https ? 8 : 7)..].Split('#', 2)[0];
        int end = rest.IndexOfAny(['/', '?']);
        string authority = end < 0 ? rest : rest[..end];
        string target = end < 0 ? "/" : rest[end] == '?' ? "/" + rest[end..] : rest[end..];
        int colon = authority.LastIndexOf(':');
        int? port = colon > authority.LastIndexOf(']') && int.TryParse(authority.AsSpan(colon + 1), out int number) ? number : null;
        return new RequestLine
        {
            Method = method,
            Target = target,
            Authority = authority,
            IsHttps = https,
            Port = port,
            Fields = fields,
            Client = client,
        };
    }

    /// <summary>The head, one byte per UTF-8 byte of what was given.</summary>
    public byte[] ToHead(string defaultHost)
    {
        StringBuilder head = new($"{Method} {Target} HTTP/1.1\r\n");
        if (!Fields.Any(static field => field.StartsWith("host:", StringComparison.OrdinalIgnoreCase)))
        {
            head.Append($"Host: {Authority ?? defaultHost}\r\n");
        }

        foreach (string field in Fields)
        {
            head.Append(field).Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(head.Append("\r\n").ToString());
    }
}
