using System.Globalization;
using System.Net;

namespace VoltageSoda.Edge.Upstream.Dns;

public sealed partial record ResolvConf
{
    // The C library stops at three servers. More are of use here, as questions are not in the way of a request, but each costs a
    // timeout when a network is down.
    private const int MaximumServers = 8;

    // 32 suffixes and 2 KiB are what kubelet lets through to a pod.
    private const int MaximumSearch = 32;

    /// <summary>
    /// Reads the text of a <c>resolv.conf</c>. Lines and options that are not understood are skipped, as every resolver does;
    /// of several <c>search</c> or <c>domain</c> lines the last one counts.
    /// </summary>
    public static ResolvConf Parse(string text)
    {
        List<IPEndPoint> servers = [];
        List<string> search = [];
        ResolvConf conf = new();
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0][0] is '#' or ';')
            {
                continue;
            }

            switch (words[0])
            {
                case "nameserver" when servers.Count < MaximumServers && IPAddress.TryParse(words[1], out IPAddress? address):
                    servers.Add(new IPEndPoint(address, 53));
                    break;
                case "domain":
                case "search":
                    search.Clear();
                    AddSuffixes(search, words);
                    break;
                case "options":
                    conf = words.Skip(1).Aggregate(conf, static (seen, option) => seen.WithOption(option));
                    break;
            }
        }

        conf = conf with { Search = search };
        return servers.Count == 0 ? conf : conf with { Servers = servers };
    }

    private static void AddSuffixes(List<string> search, string[] words)
    {
        foreach (string word in words.AsSpan(1))
        {
            string suffix = word.Trim('.');
            if (suffix.Length > 0 && search.Count < MaximumSearch)
            {
                search.Add(suffix);
            }
        }
    }

    private ResolvConf WithOption(string option)
    {
        int colon = option.IndexOf(':');
        if (colon < 0)
        {
            return option == "rotate" ? this with { Rotate = true } : this;
        }

        if (!int.TryParse(option.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int value))
        {
            return this;
        }

        return option.AsSpan(0, colon) switch
        {
            "ndots" => this with { Ndots = Math.Min(value, 15) },
            "timeout" => this with { Timeout = TimeSpan.FromSeconds(Math.Clamp(value, 1, 30)) },
            "attempts" => this with { Attempts = Math.Clamp(value, 1, 5) },
            _ => this,
        };
    }
}
