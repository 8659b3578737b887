using System.Collections.Frozen;
using System.Net;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>The names of a hosts (5) file, with <c>localhost</c> added where the file lacks it (RFC 6761, 6.3). Immutable.</summary>
public sealed class HostsFile
{
    private static readonly IPAddress[] Loopback = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    private readonly FrozenDictionary<string, IPAddress[]> _names;

    private HostsFile(FrozenDictionary<string, IPAddress[]> names) => _names = names;

    /// <summary>A file without lines.</summary>
    public static HostsFile Empty { get; } = Parse("");

    /// <summary>Reads the text of a hosts file. Lines without a valid address are skipped.</summary>
    public static HostsFile Parse(string text)
    {
        Dictionary<string, List<IPAddress>> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in text.Split('\n'))
        {
            int comment = line.IndexOf('#', StringComparison.Ordinal);
            string[] words = (comment < 0 ? line : line[..comment])
                .Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !IPAddress.TryParse(words[0], out IPAddress? address))
            {
                continue;
            }

            foreach (string name in words.AsSpan(1))
            {
                string key = name.TrimEnd('.');
                if (!names.TryGetValue(key, out List<IPAddress>? addresses))
                {
                    names.Add(key, addresses = []);
                }

                addresses.Add(address);
            }
        }

        return new HostsFile(names.ToFrozenDictionary(
            static entry => entry.Key,
            static entry => entry.Value.ToArray(),
            StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The addresses of a name, or null when servers must be asked. A trailing dot makes no difference.</summary>
    public IReadOnlyList<IPAddress>? Find(string host)
    {
        string name = host.TrimEnd('.');
        if (_names.TryGetValue(name, out IPAddress[]? addresses))
        {
            return addresses;
        }

        bool isLocal = name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        return isLocal ? Loopback : null;
    }
}
