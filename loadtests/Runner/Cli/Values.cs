using System.Globalization;

namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>Reads the values that options share: durations (<c>500ms</c>, <c>30s</c>, <c>5m</c>) and sizes (<c>64KiB</c>, <c>1MiB</c>).</summary>
internal static class Values
{
    private static readonly (string Suffix, double Seconds)[] Durations = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];
    private static readonly (string Suffix, int Bytes)[] Sizes = [("KiB", 1024), ("MiB", 1024 * 1024)];

    /// <summary>A duration; a bare number is in seconds.</summary>
    public static TimeSpan Duration(string text)
    {
        foreach ((string suffix, double seconds) in Durations)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal) && TryNumber(text[..^suffix.Length], out double value))
            {
                return TimeSpan.FromSeconds(value * seconds);
            }
        }

        return TryNumber(text, out double bare) ? TimeSpan.FromSeconds(bare) : throw new FormatException($"'{text}' is no duration such as 30s.");
    }

    /// <summary>A size in bytes; a bare number is bytes.</summary>
    public static int Size(string text)
    {
        foreach ((string suffix, int bytes) in Sizes)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) && TryNumber(text[..^suffix.Length], out double value))
            {
                return checked((int)(value * bytes));
            }
        }

        return TryNumber(text, out double bare) ? checked((int)bare) : throw new FormatException($"'{text}' is no size such as 64KiB.");
    }

    /// <summary>A header field as <c>Name: value</c>.</summary>
    public static (string Name, string Value) Header(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? (text[..colon].Trim(), text[(colon + 1)..].Trim()) : throw new FormatException($"'{text}' is no field such as 'Name: value'.");
    }

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
}
