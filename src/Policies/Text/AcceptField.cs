using System.Text;

namespace VoltageSoda.Edge.Policies.Text;

/// <summary>
/// Chooses the media type of an error body from Accept (K/tools/http.lua get_response_type): the entry with the highest q wins,
/// the first of equals; a type Kong has no template for means JSON. Stateless, no allocation.
/// </summary>
public static class AcceptField
{
    public static ErrorMediaType Negotiate(ReadOnlySpan<byte> accept)
    {
        ErrorMediaType best = ErrorMediaType.Json;
        int bestQuality = 0;
        while (!accept.IsEmpty)
        {
            int comma = accept.IndexOf((byte)',');
            ReadOnlySpan<byte> entry = comma < 0 ? accept : accept[..comma];
            accept = comma < 0 ? default : accept[(comma + 1)..];

            int semicolon = entry.IndexOf((byte)';');
            ReadOnlySpan<byte> type = (semicolon < 0 ? entry : entry[..semicolon]).Trim(" \t"u8);
            int slash = type.IndexOf((byte)'/');
            if (slash < 1 || slash == type.Length - 1)
            {
                continue;
            }

            int quality = semicolon < 0 ? 1000 : ReadQuality(entry[(semicolon + 1)..]);
            if (quality > bestQuality)
            {
                bestQuality = quality;
                best = Map(type, slash);
            }
        }

        return best;
    }

    private static ErrorMediaType Map(ReadOnlySpan<byte> type, int slash)
    {
        if (Ascii.EqualsIgnoreCase(type, "text/plain"u8) || Ascii.EqualsIgnoreCase(type, "text/*"u8))
        {
            return ErrorMediaType.Plain;
        }

        if (slash == 4 && Ascii.EqualsIgnoreCase(type, "text/html"u8))
        {
            return ErrorMediaType.Html;
        }

        return Ascii.EqualsIgnoreCase(type, "application/xml"u8) ? ErrorMediaType.Xml : ErrorMediaType.Json;
    }

    // The value of the first q parameter in thousandths; 1000 without one, 0 for one that does not parse.
    private static int ReadQuality(ReadOnlySpan<byte> parameters)
    {
        while (!parameters.IsEmpty)
        {
            int semicolon = parameters.IndexOf((byte)';');
            ReadOnlySpan<byte> parameter = (semicolon < 0 ? parameters : parameters[..semicolon]).Trim(" \t"u8);
            parameters = semicolon < 0 ? default : parameters[(semicolon + 1)..];
            int equals = parameter.IndexOf((byte)'=');
            if (equals < 0 || !Ascii.EqualsIgnoreCase(parameter[..equals].Trim(" \t"u8), "q"u8))
            {
                continue;
            }

            return ParseQuality(parameter[(equals + 1)..].Trim(" \t"u8));
        }

        return 1000;
    }

    // RFC 9110 12.4.2: "0" or "1", optionally a dot and at most three digits.
    private static int ParseQuality(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.Length > 5 || text[0] is not ((byte)'0' or (byte)'1') || (text.Length > 1 && text[1] != '.'))
        {
            return 0;
        }

        int value = (text[0] - '0') * 1000;
        int unit = 100;
        for (int i = 2; i < text.Length; i++, unit /= 10)
        {
            if (!char.IsAsciiDigit((char)text[i]))
            {
                return 0;
            }

            value += (text[i] - '0') * unit;
        }

        return Math.Min(value, 1000);
    }
}
