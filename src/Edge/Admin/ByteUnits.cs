using System.Globalization;
using System.Text.Json;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// Byte counts in the unit and scale a status request asks for (kong/tools/utils.lua, bytes_to_str): <c>k</c>, <c>m</c>, <c>g</c> give text
/// such as <c>5.24 MiB</c>, <c>b</c> gives the number. Immutable.
/// </summary>
internal readonly struct ByteUnits
{
    // More digits than a double holds say nothing.
    private const int MaxScale = 15;

    private readonly double _divisor;
    private readonly string _format;
    private readonly string _suffix;

    private ByteUnits(double divisor, int scale, string suffix)
    {
        _divisor = divisor;
        _format = "F" + scale.ToString(CultureInfo.InvariantCulture);
        _suffix = suffix;
    }

    /// <summary>Reads <c>?unit=</c> (default m) and <c>?scale=</c> (default 2; not a number counts as absent).</summary>
    public static bool TryParse(string? unit, string? scale, out ByteUnits units, out string error)
    {
        error = string.Empty;
        units = default;
        bool known = TryUnit(string.IsNullOrEmpty(unit) ? "m" : unit, out double divisor, out string suffix);
        if (!known)
        {
            error = $"invalid unit '{unit}' (expected 'k/K', 'm/M', or 'g/G')";
            return false;
        }

        double digits = double.TryParse(scale, NumberStyles.Float, CultureInfo.InvariantCulture, out double given) ? given : 2;
        if (divisor != 1 && !(digits >= 0))
        {
            error = "scale must be equal or greater than 0";
            return false;
        }

        units = new ByteUnits(divisor, (int)Math.Clamp(digits, 0, MaxScale), suffix);
        return true;
    }

    public void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long bytes)
    {
        if (_divisor == 1)
        {
            writer.WriteNumber(name, bytes);
        }
        else
        {
            writer.WriteString(name, (bytes / _divisor).ToString(_format, CultureInfo.InvariantCulture) + _suffix);
        }
    }

    private static bool TryUnit(string unit, out double divisor, out string suffix)
    {
        (divisor, suffix) = unit switch
        {
            "b" or "B" => (1, ""),
            "k" or "K" => (1L << 10, " KiB"),
            "m" or "M" => (1L << 20, " MiB"),
            "g" or "G" => (1L << 30, " GiB"),
            _ => (0.0, ""),
        };
        return divisor != 0;
    }
}
