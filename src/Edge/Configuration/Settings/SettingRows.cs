using System.Globalization;
using System.Net;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>Makes rows of the settings table, one method per kind of value.</summary>
internal static class SettingRows
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static Setting<string?> Text(string name, string defaultText, string doc) =>
        new(name, "text", defaultText, doc, ParseText);

    public static Setting<string?> SecretText(string name, string doc, params string[] aliases) =>
        new(name, "text (secret)", "", doc, ParseText) { IsSecret = true, Aliases = aliases };

    /// <summary>Header fields as <c>name=value</c> with commas; a mistake is told without the text.</summary>
    public static Setting<string?> SecretPairs(string name, string doc) =>
        new(name, "list of name=value (secret)", "", doc, (string text, out string? value, out string error) =>
        {
            value = text;
            error = "a part is not name=value with the name of a header field";
            foreach (string pair in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                string[] sides = pair.Split('=', 2, StringSplitOptions.TrimEntries);
                if (sides.Length != 2 || sides[0].Length == 0 || sides[0].Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                    || Uri.UnescapeDataString(sides[1]).Any(static c => c is < ' ' or > '~'))
                {
                    return false;
                }
            }

            return true;
        })
        {
            IsSecret = true,
            HasPlainErrors = true,
        };

    public static Setting<bool> Boolean(string name, string defaultText, string doc, params string[] aliases) =>
        new(name, "on, off", defaultText, doc, SettingGrammar.TryBoolean) { Aliases = aliases };

    public static Setting<long> Integer(string name, string defaultText, long min, long max, string doc, params string[] aliases) =>
        new(name, "number", defaultText, doc, (string text, out long value, out string error) =>
            SettingGrammar.TryInteger(text, min, max, out value, out error))
        {
            Range = RangeText(min, max),
            Aliases = aliases,
        };

    /// <summary>A number, or the word <c>auto</c>, which gives null.</summary>
    public static Setting<int?> AutoInteger(string name, string shownDefault, int min, int max, string doc, params string[] aliases) =>
        new(name, "number, auto", shownDefault, doc, (string text, out int? value, out string error) =>
        {
            value = null;
            error = "";
            if (text.Trim() == "auto")
            {
                return true;
            }

            bool ok = SettingGrammar.TryInteger(text, min, max, out long number, out error);
            value = (int)number;
            return ok;
        }, computed: true)
        {
            Range = RangeText(min, max),
            Aliases = aliases,
        };

    /// <summary>A port, <c>off</c> (0), or nothing given (null).</summary>
    public static Setting<int?> Port(string name, string shownDefault, string doc) =>
        new(name, "port, off", shownDefault, doc, (string text, out int? value, out string error) =>
        {
            value = 0;
            error = "";
            if (text.Trim() == "off")
            {
                return true;
            }

            bool ok = SettingGrammar.TryInteger(text, 1, 65535, out long number, out error);
            value = (int)number;
            return ok;
        }, computed: true)
        {
            Range = "1 to 65535",
        };

    public static Setting<TimeSpan> Duration(string name, string defaultText, string doc, TimeSpan? bareUnit = null, params string[] aliases)
    {
        TimeSpan unit = bareUnit ?? Second;
        return new(name, "duration", defaultText, doc, (string text, out TimeSpan value, out string error) =>
            SettingGrammar.TryDuration(text, unit, out value, out error))
        {
            Unit = UnitName(unit),
            Aliases = aliases,
        };
    }

    /// <summary>A duration whose default depends on the dialect: null when not given.</summary>
    public static Setting<TimeSpan?> DialectDuration(string name, string shownDefault, string doc) =>
        new(name, "duration", shownDefault, doc, (string text, out TimeSpan? value, out string error) =>
        {
            bool ok = SettingGrammar.TryDuration(text, Second, out TimeSpan parsed, out error);
            value = parsed;
            return ok;
        }, computed: true)
        {
            Unit = UnitName(Second),
        };

    public static Setting<long> Size(string name, string defaultText, string doc, long min = 0, long max = long.MaxValue, params string[] aliases) =>
        new(name, "size", defaultText, doc, (string text, out long value, out string error) =>
            SettingGrammar.TrySize(text, out value, out error) && InRange(text, value, min, max, ref error))
        {
            Unit = "bytes",
            Range = RangeText(min, max),
            Aliases = aliases,
        };

    /// <summary>A size whose default depends on the dialect: null when not given.</summary>
    public static Setting<long?> DialectSize(string name, string shownDefault, string doc, long min, long max) =>
        new(name, "size", shownDefault, doc, (string text, out long? value, out string error) =>
        {
            bool ok = SettingGrammar.TrySize(text, out long parsed, out error) && InRange(text, parsed, min, max, ref error);
            value = parsed;
            return ok;
        }, computed: true)
        {
            Unit = "bytes",
            Range = RangeText(min, max),
        };

    public static Setting<T> Choice<T>(string name, string defaultText, string doc, params (string Word, T Value)[] words) =>
        new(name, string.Join(", ", words.Select(w => w.Word)), defaultText, doc, (string text, out T value, out string error) =>
            TryWord(name, text, words, out value, out error));

    /// <summary>A choice whose default depends on the dialect: null when not given.</summary>
    public static Setting<T?> DialectChoice<T>(string name, string shownDefault, string doc, params (string Word, T Value)[] words)
        where T : struct =>
        new(name, string.Join(", ", words.Select(w => w.Word)), shownDefault, doc, (string text, out T? value, out string error) =>
        {
            bool ok = TryWord(name, text, words, out T parsed, out error);
            value = parsed;
            return ok;
        }, computed: true);

    public static Setting<IReadOnlyList<string>> List(string name, string defaultText, string doc) =>
        new(name, "list", defaultText, doc, (string text, out IReadOnlyList<string> value, out string error) =>
        {
            value = SettingGrammar.List(text);
            error = "";
            return true;
        }, []);

    /// <summary>A list of given words, which come out as they are written here.</summary>
    public static Setting<IReadOnlyList<string>> Words(string name, string defaultText, string doc, params string[] words) =>
        new(name, "list of " + string.Join(", ", words), defaultText, doc, (string text, out IReadOnlyList<string> value, out string error) =>
        {
            List<string> known = [];
            value = known;
            error = "";
            foreach (string entry in SettingGrammar.List(text))
            {
                if (Array.Find(words, word => word.Equals(entry, StringComparison.OrdinalIgnoreCase)) is not { } word)
                {
                    // Kong's sentence (kong/conf_loader/parse.lua).
                    error = $"{Property(name)}: invalid entry '{entry}' ({string.Join(", ", words)})";
                    return false;
                }

                known.Add(word);
            }

            return true;
        }, []);

    public static Setting<IReadOnlyList<string>> Paths(string name, string doc) =>
        new(name, "paths with :", "", doc, (string text, out IReadOnlyList<string> value, out string error) =>
        {
            value = text.Split(':', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            error = "";
            return true;
        }, []);

    public static Setting<IReadOnlyList<ListenAddress>> Listen(string name, string defaultText, string doc) =>
        new(name, "listen addresses, off", defaultText, doc, ListenSyntax.TryParse);

    public static Setting<IPAddress> Address(string name, string defaultText, string doc) =>
        new(name, "IP address", defaultText, doc, (string text, out IPAddress value, out string error) =>
        {
            error = $"'{text}' is not an IP address";
            return SettingGrammar.TryAddress(text.Trim(), out value);
        });

    public static Setting<TrustedAddresses> Trusted(string name, string doc) =>
        new(name, "list of addresses and CIDR blocks", "", doc, TryTrusted, TrustedAddresses.None);

    /// <summary>Name servers as <c>ip</c> or <c>ip:port</c>; IPv6 with a port goes in brackets.</summary>
    public static Setting<IReadOnlyList<string>> NameServers(string name, string doc) =>
        new(name, "list", "", doc, (string text, out IReadOnlyList<string> value, out string error) =>
        {
            value = SettingGrammar.List(text);
            error = value.FirstOrDefault(static entry => !SettingGrammar.IsServerAddress(entry)) is { } bad
                ? $"'{bad}' is not an IP address, or one with a port from 1 to 65535"
                : "";
            return error.Length == 0;
        }, []);

    /// <summary>A product of RFC 9110 section 10.1.5: a token, or two with a slash between them.</summary>
    public static Setting<string?> ProductToken(string name, string doc) =>
        new(name, "text", "", doc, (string text, out string? value, out string error) =>
        {
            value = text;
            error = "not a product: a name, or name/version, of letters, digits and !#$%&'*+-.^_`|~";
            string[] parts = text.Split('/');
            return parts.Length <= 2 && parts.All(SettingGrammar.IsToken);
        });

    /// <summary>An absolute http or https URL.</summary>
    public static Setting<Uri?> HttpUrl(string name, string doc) =>
        new(name, "URL", "", doc, (string text, out Uri? value, out string error) =>
        {
            error = $"'{text}' is not an http or https URL";
            return Uri.TryCreate(text.Trim(), UriKind.Absolute, out value) && (value.Scheme is "http" or "https") && value.Host.Length != 0;
        });

    /// <summary>A share from 0 to 1.</summary>
    public static Setting<double> Ratio(string name, string defaultText, string doc) =>
        new(name, "number", defaultText, doc, (string text, out double value, out string error) =>
        {
            error = $"'{text}' is not a number from 0 to 1";
            return double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value is >= 0 and <= 1;
        })
        {
            Range = "0 to 1",
        };

    /// <summary>Pairs of ports; <paramref name="separator"/> stands between them.</summary>
    public static Setting<IReadOnlyDictionary<int, int>> PortMap(string name, char separator, string doc) =>
        new(name, $"list of port{separator}port", "", doc, (string text, out IReadOnlyDictionary<int, int> value, out string error) =>
        {
            Dictionary<int, int> map = [];
            value = map;
            error = "";
            foreach (string pair in SettingGrammar.List(text))
            {
                string[] sides = pair.Split(separator, StringSplitOptions.TrimEntries);
                if (sides.Length != 2
                    || !SettingGrammar.TryInteger(sides[0], 1, 65535, out long left, out _)
                    || !SettingGrammar.TryInteger(sides[1], 0, 65535, out long right, out _)
                    || !map.TryAdd((int)left, (int)right))
                {
                    error = $"'{pair}' is not port{separator}port (each left port once)";
                    return false;
                }
            }

            return true;
        }, new Dictionary<int, int>());

    public static bool ParseText(string text, out string? value, out string error)
    {
        value = text;
        error = "";
        return true;
    }

    public static bool TryFieldName(string text, out string? value, out string error)
    {
        value = text;
        error = $"'{text}' is not the name of a header field";
        return SettingGrammar.IsToken(text);
    }

    private static bool TryTrusted(string text, out TrustedAddresses value, out string error)
    {
        List<IPNetwork> networks = [];
        bool unix = false;
        value = TrustedAddresses.None;
        foreach (string entry in SettingGrammar.List(text))
        {
            if (entry == "unix:")
            {
                unix = true;
            }
            else if (TryNetwork(entry, out IPNetwork network))
            {
                networks.Add(network);
            }
            else
            {
                error = $"'{entry}' is not an address, a CIDR block or unix:";
                return false;
            }
        }

        value = new TrustedAddresses(networks, unix);
        error = "";
        return true;
    }

    // Host bits are cleared, as nginx's set_real_ip_from does with a warning; IPNetwork itself refuses them.
    private static bool TryNetwork(string text, out IPNetwork network)
    {
        network = default;
        int slash = text.IndexOf('/');
        if (!SettingGrammar.TryAddress(slash < 0 ? text : text[..slash], out IPAddress address))
        {
            return false;
        }

        byte[] bytes = address.GetAddressBytes();
        long length = bytes.Length * 8;
        if (slash >= 0 && !SettingGrammar.TryInteger(text[(slash + 1)..], 0, bytes.Length * 8, out length, out _))
        {
            return false;
        }

        for (int bit = (int)length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        network = new IPNetwork(new IPAddress(bytes), (int)length);
        return true;
    }

    private static bool TryWord<T>(string name, string text, (string Word, T Value)[] words, out T value, out string error)
    {
        string wanted = text.Trim();
        foreach ((string word, T candidate) in words)
        {
            if (string.Equals(word, wanted, StringComparison.OrdinalIgnoreCase))
            {
                value = candidate;
                error = "";
                return true;
            }
        }

        value = default!;
        // Kong's own sentence (kong/conf_loader/parse.lua).
        error = $"{Property(name)} has an invalid value: '{text}' ({string.Join(", ", words.Select(w => w.Word))})";
        return false;
    }

    private static string Property(string name) => name.StartsWith("KONG_", StringComparison.Ordinal) ? name[5..].ToLowerInvariant() : name;

    private static bool InRange(string text, long value, long min, long max, ref string error)
    {
        if (value >= min && value <= max)
        {
            return true;
        }

        error = $"'{text}' is not between {min} and {max} bytes";
        return false;
    }

    private static string? RangeText(long min, long max) => (min, max) switch
    {
        (0, long.MaxValue) => null,
        (_, long.MaxValue or int.MaxValue) => $"at least {min}",
        _ => $"{min} to {max}",
    };

    private static string UnitName(TimeSpan unit) => unit == Second ? "seconds" : "milliseconds";
}
