using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>
/// The grammar of setting values: durations <c>500ms 10s 5m 1h</c>, sizes <c>64KiB 1MiB</c> (nginx's <c>8k 10m</c> too), booleans
/// <c>on|off|true|false|1|0</c>, lists with commas. Pure; never throws on what an operator writes.
/// </summary>
public static class SettingGrammar
{
    internal static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private static readonly (string Suffix, double Milliseconds)[] DurationUnits =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    private static readonly (string Suffix, long Bytes)[] SizeUnits =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30),
        ("k", 1L << 10), ("m", 1L << 20), ("g", 1L << 30),
        ("B", 1),
    ];

    /// <summary>An IPv4 or IPv6 address as it is commonly written. <c>127.1</c>, <c>0177.0.0.1</c> and <c>2130706433</c>, which .NET also takes, are none.</summary>
    public static bool TryAddress(string text, out IPAddress address)
    {
        bool ok = ClientAddress.TryParse(Encoding.UTF8.GetBytes(text), out _) & IPAddress.TryParse(text, out IPAddress? parsed);
        address = ok ? parsed! : IPAddress.None;
        return ok;
    }

    /// <summary>An address, or one with a port from 1 to 65535 (IPv6 in brackets then).</summary>
    public static bool IsServerAddress(string text)
    {
        if (TryAddress(text, out _))
        {
            return true;
        }

        int colon = text.LastIndexOf(':');
        bool hasPort = colon > 0 && text[^1] != ']';
        if (hasPort && !TryInteger(text[(colon + 1)..], 1, 65535, out _, out _))
        {
            return false;
        }

        string host = hasPort ? text[..colon] : text;
        return host.StartsWith('[') && host.EndsWith(']')
            ? host.Contains(':', StringComparison.Ordinal) && TryAddress(host[1..^1], out _)
            : hasPort && !host.Contains(':', StringComparison.Ordinal) && TryAddress(host, out _);
    }

    /// <summary>A token of RFC 9110 section 5.6.2.</summary>
    public static bool IsToken(string text) => FieldSyntax.IsToken(Encoding.UTF8.GetBytes(text));

    /// <summary>A duration; a bare number counts <paramref name="unit"/>. Several units may follow each other (<c>1m30s</c>).</summary>
    public static bool TryDuration(string text, TimeSpan unit, out TimeSpan value, out string error)
    {
        value = default;
        error = $"'{text}' is not a duration (write 500ms, 10s, 5m or 1h)";
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
        {
            return false;
        }

        if (TryNumber(rest, out double bare))
        {
            return TryMilliseconds(bare * unit.TotalMilliseconds, out value);
        }

        double total = 0;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || !TryNumber(rest[..digits], out double number))
            {
                return false;
            }

            rest = rest[digits..];
            int letters = rest.IndexOfAny(NumberCharacters);
            ReadOnlySpan<char> suffix = letters < 0 ? rest : rest[..letters];
            rest = letters < 0 ? default : rest[letters..];
            double scale = 0;
            foreach ((string name, double milliseconds) in DurationUnits)
            {
                if (suffix.SequenceEqual(name))
                {
                    scale = milliseconds;
                }
            }

            if (scale == 0)
            {
                return false;
            }

            total += number * scale;
        }

        return TryMilliseconds(total, out value);
    }

    /// <summary>A size in bytes; a bare number is bytes.</summary>
    public static bool TrySize(string text, out long value, out string error)
    {
        value = 0;
        error = $"'{text}' is not a size (write 65536, 64KiB or 1MiB)";
        ReadOnlySpan<char> body = text.AsSpan().Trim();
        long scale = 1;
        foreach ((string suffix, long bytes) in SizeUnits)
        {
            bool one = suffix.Length == 1;
            if (body.EndsWith(suffix, one ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))
            {
                scale = bytes;
                body = body[..^suffix.Length].TrimEnd();
                break;
            }
        }

        if (!long.TryParse(body, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > long.MaxValue / scale)
        {
            return false;
        }

        value = number * scale;
        return true;
    }

    /// <summary>A boolean.</summary>
    public static bool TryBoolean(string text, out bool value, out string error)
    {
        error = $"'{text}' is not on or off (write on, off, true, false, 1 or 0)";
        switch (text.Trim().ToLowerInvariant())
        {
            case "on" or "true" or "1":
                value = true;
                return true;
            case "off" or "false" or "0":
                value = false;
                return true;
            default:
                value = false;
                return false;
        }
    }

    /// <summary>A whole number in a range.</summary>
    public static bool TryInteger(string text, long min, long max, out long value, out string error)
    {
        error = $"'{text}' is not a whole number between {min} and {max}";
        return long.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && value >= min && value <= max;
    }

    /// <summary>A list with commas; entries are trimmed and empty ones dropped.</summary>
    public static IReadOnlyList<string> List(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool TryNumber(ReadOnlySpan<char> text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static bool TryMilliseconds(double milliseconds, out TimeSpan value)
    {
        // A year is longer than any timeout makes sense and keeps tick arithmetic far from overflow.
        bool fits = milliseconds is >= 0 and <= 366d * 86_400_000;
        value = fits ? TimeSpan.FromTicks((long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond)) : default;
        return fits;
    }
}
