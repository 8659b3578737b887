using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;

namespace VoltageSoda.Edge.Configuration.Yaml;

/// <summary>
/// The type of a plain scalar as lyaml, Kong's reader, takes it (YAML 1.1; <c>gvvaughan/lyaml:lib/lyaml/implicit.lua</c>): <c>yes no on off</c>
/// are booleans, <c>010</c> is 8, <c>0b11</c>, <c>0x1f</c> and <c>1_000</c> are numbers, <c>190:20:30</c> is base 60. YAML 1.2 knows none of
/// these but 0x. A single <c>y</c> or <c>n</c> is text in both. Pure.
/// </summary>
internal static class YamlScalarRules
{
    private static readonly SearchValues<char> OctalCharacters = SearchValues.Create("01234567_");

    private static readonly FrozenDictionary<string, bool> Booleans = new Dictionary<string, bool>(StringComparer.Ordinal)
    {
        ["true"] = true,
        ["True"] = true,
        ["TRUE"] = true,
        ["false"] = false,
        ["False"] = false,
        ["FALSE"] = false,
        ["yes"] = true,
        ["Yes"] = true,
        ["YES"] = true,
        ["no"] = false,
        ["No"] = false,
        ["NO"] = false,
        ["on"] = true,
        ["On"] = true,
        ["ON"] = true,
        ["off"] = false,
        ["Off"] = false,
        ["OFF"] = false,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The type and number of a plain scalar.</summary>
    public static (YamlScalarType Type, double Number) Plain(string text)
    {
        if (text is "" or "~" or "null" or "Null" or "NULL")
        {
            return (YamlScalarType.Null, 0);
        }

        if (Booleans.TryGetValue(text, out bool boolean))
        {
            return (YamlScalarType.Boolean, boolean ? 1 : 0);
        }

        char first = text[0];
        if (!char.IsAsciiDigit(first) && first is not ('+' or '-' or '.' or '_'))
        {
            return (YamlScalarType.String, 0);
        }

        if (TryInteger(text, out double number))
        {
            return (YamlScalarType.Integer, number);
        }

        return TryFloat(text, out number) ? (YamlScalarType.Float, number) : (YamlScalarType.String, 0);
    }

    /// <summary>The type by an explicit tag; null when the tag says nothing or does not fit the text.</summary>
    public static (YamlScalarType Type, double Number)? Tagged(string tag, string text) => tag switch
    {
        "tag:yaml.org,2002:str" => (YamlScalarType.String, 0),
        "tag:yaml.org,2002:null" => (YamlScalarType.Null, 0),
        "tag:yaml.org,2002:bool" when Booleans.TryGetValue(text, out bool value) => (YamlScalarType.Boolean, value ? 1 : 0),
        "tag:yaml.org,2002:int" when TryInteger(text, out double number) => (YamlScalarType.Integer, number),
        "tag:yaml.org,2002:float" when TryInteger(text, out double number) || TryFloat(text, out number) => (YamlScalarType.Float, number),
        _ => null,
    };

    private static bool TryInteger(string text, out double number)
    {
        number = 0;
        ReadOnlySpan<char> rest = text;
        double sign = 1;
        if (!rest.IsEmpty && rest[0] is '+' or '-')
        {
            sign = rest[0] == '-' ? -1 : 1;
            rest = rest[1..];
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        bool ok;
        if (rest.StartsWith("0x", StringComparison.Ordinal))
        {
            ok = TryDigits(rest[2..], 16, out number);
        }
        else if (rest.StartsWith("0b", StringComparison.Ordinal))
        {
            ok = TryDigits(rest[2..], 2, out number);
        }
        else if (rest.Length > 1 && rest[0] == '0' && !rest.ContainsAnyExcept(OctalCharacters))
        {
            ok = TryDigits(rest[1..], 8, out number);
        }
        else if (rest.Contains(':'))
        {
            ok = TrySexagesimal(rest, out number);
        }
        else
        {
            ok = TryDigits(rest, 10, out number);
        }

        number *= sign;
        return ok;
    }

    private static bool TryFloat(string text, out double number)
    {
        switch (text)
        {
            case ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF":
                number = double.PositiveInfinity;
                return true;
            case "-.inf" or "-.Inf" or "-.INF":
                number = double.NegativeInfinity;
                return true;
            case ".nan" or ".NaN" or ".NAN":
                number = double.NaN;
                return true;
        }

        number = 0;
        int point = text.IndexOf('.');
        if (point > 0 && text.Contains(':') && TryInteger(text[..point], out double whole) && TryDigits(text.AsSpan(point + 1), 10, out double fraction))
        {
            double scaled = fraction / Math.Pow(10, text.Length - point - 1);
            number = text[0] == '-' ? whole - scaled : whole + scaled;
            return true;
        }

        return text.AsSpan().IndexOfAny(".eE") >= 0
            && double.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
    }

    private static bool TryDigits(ReadOnlySpan<char> digits, int radix, out double number)
    {
        number = 0;
        bool any = false;
        foreach (char c in digits)
        {
            if (c == '_')
            {
                continue;
            }

            int value = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : 99;
            if (value >= radix)
            {
                return false;
            }

            number = (number * radix) + value;
            any = true;
        }

        return any;
    }

    private static bool TrySexagesimal(ReadOnlySpan<char> text, out double number)
    {
        number = 0;
        int groups = 0;
        foreach (Range part in text.Split(':'))
        {
            ReadOnlySpan<char> group = text[part];
            if (group.IsEmpty || !TryDigits(group, 10, out double value) || (groups > 0 && (value > 59 || group.Length > 2)))
            {
                return false;
            }

            number = (number * 60) + value;
            groups++;
        }

        return groups > 1;
    }
}
