using System.Globalization;
using System.Net;
using System.Net.Sockets;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>
/// Kong's listen syntax (<c>kong/conf_loader/listeners.lua</c>, and nginx's <c>so_keepalive</c> and <c>unix:</c>): comma-separated
/// <c>ip:port [ssl] [http2] [proxy_protocol] [deferred] [bind] [reuseport] [backlog=N] [so_keepalive=…]</c>, or <c>off</c>. Pure.
/// </summary>
public static class ListenSyntax
{
    /// <summary>Kong's sentence for what it cannot read.</summary>
    public const string Usage = "must be of form: [off] | <ip>:<port> [ssl] [http2] [proxy_protocol] [deferred] [bind] [reuseport] "
        + "[backlog=%d+] [ipv6only=on] [ipv6only=off] [so_keepalive=on] [so_keepalive=off] [so_keepalive=%w*:%w*:%d*], [... next entry ...]";

    /// <summary>Parses the list; <c>off</c> as the first entry gives an empty one.</summary>
    public static bool TryParse(string text, out IReadOnlyList<ListenAddress> addresses, out string error)
    {
        addresses = [];
        error = "";
        IReadOnlyList<string> entries = SettingGrammar.List(text);
        if (entries.Count == 0)
        {
            error = Usage;
            return false;
        }

        if (entries[0] == "off")
        {
            return true;
        }

        List<ListenAddress> list = [];
        foreach (string entry in entries)
        {
            if (!TryParseEntry(entry, out ListenAddress? address, out string reason))
            {
                error = $"'{entry}': {reason}; {Usage}";
                return false;
            }

            list.Add(address!);
        }

        addresses = list;
        return true;
    }

    private static bool TryParseEntry(string entry, out ListenAddress? address, out string reason)
    {
        address = null;
        string[] words = entry.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (!TryParseEndPoint(words[0], out IPAddress? ip, out int port, out string? unixPath, out reason))
        {
            return false;
        }

        ListenAddress result = new() { Text = entry, Ip = ip, Port = port, UnixPath = unixPath };
        for (int i = 1; i < words.Length; i++)
        {
            if (ApplyFlag(result, words[i], out reason) is not { } next)
            {
                return false;
            }

            result = next;
        }

        address = result;
        return true;
    }

    private static ListenAddress? ApplyFlag(ListenAddress address, string word, out string reason)
    {
        reason = "";
        switch (word)
        {
            case "ssl":
                return address with { Ssl = true };
            case "http2":
                return address with { Http2 = true };
            case "proxy_protocol":
                return address with { ProxyProtocol = true };
            case "deferred":
                return address with { Deferred = true };
            case "bind":
                return address with { Bind = true };
            case "reuseport":
                return address with { ReusePort = true };
            case "ipv6only=on":
                return address with { Ipv6Only = true };
            case "ipv6only=off":
                return address with { Ipv6Only = false };
        }

        if (word.StartsWith("backlog=", StringComparison.Ordinal))
        {
            if (SettingGrammar.TryInteger(word[8..], 1, int.MaxValue, out long backlog, out reason))
            {
                return address with { Backlog = (int)backlog };
            }

            return null;
        }

        if (word.StartsWith("so_keepalive=", StringComparison.Ordinal))
        {
            return TryKeepAlive(word[13..], out KeepAliveOption? option, out reason) ? address with { KeepAlive = option } : null;
        }

        reason = $"unknown flag '{word}'";
        return null;
    }

    private static bool TryKeepAlive(string text, out KeepAliveOption? option, out string reason)
    {
        option = null;
        reason = $"so_keepalive=\"{text}\" is not on, off or [idle]:[interval]:[count]";
        if (text is "on" or "off")
        {
            option = new KeepAliveOption(text == "on", null, null, null);
            return true;
        }

        string[] parts = text.Split(':');
        if (parts.Length != 3 || !TrySeconds(parts[0], out int? idle) || !TrySeconds(parts[1], out int? interval))
        {
            return false;
        }

        int? count = null;
        if (parts[2].Length > 0)
        {
            if (!SettingGrammar.TryInteger(parts[2], 1, 127, out long number, out _))
            {
                return false;
            }

            count = (int)number;
        }

        // nginx refuses "::", which asks for nothing.
        if (idle is null && interval is null && count is null)
        {
            return false;
        }

        option = new KeepAliveOption(true, idle, interval, count);
        return true;
    }

    private static bool TrySeconds(string text, out int? seconds)
    {
        seconds = null;
        if (text.Length == 0)
        {
            return true;
        }

        if (!SettingGrammar.TryDuration(text, TimeSpan.FromSeconds(1), out TimeSpan value, out _) || value < TimeSpan.FromSeconds(1))
        {
            return false;
        }

        seconds = (int)Math.Min(value.TotalSeconds, 32767);
        return true;
    }

    private static bool TryParseEndPoint(string text, out IPAddress? ip, out int port, out string? unixPath, out string reason)
    {
        ip = null;
        port = 0;
        unixPath = null;
        reason = "";
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            unixPath = text[5..];
            // sockaddr_un holds 108 bytes including the final zero.
            if (unixPath.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(unixPath) < 108)
            {
                return true;
            }

            reason = "the path of a Unix socket has 1 to 107 bytes";
            return false;
        }

        int colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port > 65535)
        {
            reason = "no port between 0 and 65535";
            return false;
        }

        string host = text[..colon];
        bool bracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        if (host == "*")
        {
            ip = IPAddress.Any;
            return true;
        }

        if (host == "localhost")
        {
            ip = IPAddress.Loopback;
            return true;
        }

        bool parsed = SettingGrammar.TryAddress(bracketed ? host[1..^1] : host, out ip);
        bool fits = parsed && ip.AddressFamily == (bracketed ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);
        reason = fits ? "" : $"'{host}' is not an IP address (IPv6 goes in brackets)";
        return fits;
    }
}
