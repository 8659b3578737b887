using System.Globalization;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>
/// <c>redis://host:port</c>, <c>cluster://host:port,host:port</c> and <c>sentinel://host:port,host:port/primary</c>; ports default to 6379 and
/// 26379. Users, passwords, TLS and the database are the plugin's. Pure.
/// </summary>
internal static class RedisServersSyntax
{
    private const string Expected = "write redis://host:port, cluster://host:port,host:port or sentinel://host:port,host:port/primary";

    public static bool TryParse(string text, out RedisServers? value, out string error)
    {
        value = null;
        error = "";
        text = text.Trim();
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        RedisTopology? topology = scheme < 0 ? null : text[..scheme] switch
        {
            "redis" => RedisTopology.Single,
            "cluster" => RedisTopology.Cluster,
            "sentinel" => RedisTopology.Sentinel,
            _ => null,
        };
        if (topology is not { } known)
        {
            error = $"'{text}' names no servers ({Expected})";
            return false;
        }

        string rest = text[(scheme + 3)..];
        string? service = null;
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            service = rest[(slash + 1)..];
            rest = rest[..slash];
        }

        if ((known == RedisTopology.Sentinel) != !string.IsNullOrEmpty(service))
        {
            error = known == RedisTopology.Sentinel
                ? $"'{text}' does not say what the sentinels call the primary ({Expected})"
                : $"'{text}' names a primary, which only sentinels know ({Expected})";
            return false;
        }

        List<string> servers = [];
        foreach (string entry in rest.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!TryServer(entry, known == RedisTopology.Sentinel ? 26379 : 6379, out string server))
            {
                error = $"'{entry}' is no host with a port ({Expected})";
                return false;
            }

            servers.Add(server);
        }

        if (known == RedisTopology.Single && servers.Count != 1)
        {
            error = $"redis:// is one server ({Expected})";
            return false;
        }

        value = new RedisServers(known, servers, service);
        return true;
    }

    private static bool TryServer(string text, int defaultPort, out string server)
    {
        server = "";
        int colon = text.LastIndexOf(':');
        string host = text;
        int port = defaultPort;
        if (colon >= 0 && colon > text.LastIndexOf(']'))
        {
            host = text[..colon];
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
            {
                return false;
            }
        }

        if (host.Length == 0 || host.Any(static c => char.IsWhiteSpace(c) || c is '@' or '='))
        {
            return false;
        }

        server = string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
        return true;
    }
}
