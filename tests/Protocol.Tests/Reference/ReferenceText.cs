using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace VoltageSoda.Edge.Protocol.Tests.Reference;

/// <summary>A refusal on its way to the verdict.</summary>
internal sealed class RefusedException(int status) : Exception
{
    public int Status { get; } = status;
}

/// <summary>The input ends before a verdict is possible.</summary>
internal sealed class NeedMoreException : Exception;

/// <summary>
/// Grammar pieces of the reference readers, on strings that hold one byte per character. Written from the RFCs and the hardening tables
/// for clarity alone; shares nothing with the product.
/// </summary>
internal static partial class ReferenceText
{
    public const string TokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static bool IsToken(string text) => text.Length > 0 && text.AsSpan().IndexOfAnyExcept(TokenCharacters) < 0;

    public static bool IsValue(string text)
    {
        foreach (char c in text)
        {
            if (c != '\t' && (c < ' ' || c == '\x7f'))
            {
                return false;
            }
        }

        return true;
    }

    public static string Trim(string text) => text.Trim(' ', '\t');

    public static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    public static List<string> Elements(string list) => list.Split(',').Select(Trim).ToList();

    /// <summary>
    /// The line that begins at <paramref name="start"/>, without its CR LF. Refused with <paramref name="tooLong"/> as soon as it must have
    /// more than <paramref name="longest"/> bytes.
    /// </summary>
    public static string TakeLine(string text, int start, int longest, int tooLong)
    {
        int end = text.IndexOf('\n', start);
        string line = end < 0 ? text[start..] : text[start..end];
        bool hasReturn = line.EndsWith('\r');
        string content = hasReturn ? line[..^1] : line;
        if (content.Length > longest)
        {
            throw new RefusedException(tooLong);
        }

        if (end < 0)
        {
            throw new NeedMoreException();
        }

        return hasReturn ? content : throw new RefusedException(400);
    }

    public static void RefuseBareReturn(string line)
    {
        if (line.Contains('\r'))
        {
            throw new RefusedException(400);
        }
    }

    /// <summary>Splits one field line, or refuses it with 400.</summary>
    public static (string Name, string Value) TakeField(string line)
    {
        int colon = line.IndexOf(':');
        if (colon < 0 || !IsToken(line[..colon]) || !IsValue(line[(colon + 1)..]))
        {
            throw new RefusedException(400);
        }

        return (line[..colon], Trim(line[(colon + 1)..]));
    }

    public static bool ImitatesGuardedName(string name)
    {
        if (!name.Contains('_'))
        {
            return false;
        }

        string folded = name.Replace('_', '-').ToLowerInvariant();
        string[] exact = ["content-length", "transfer-encoding", "x-real-ip", "x-request-id", "x-anonymous-consumer", "keep-alive", "proxy-connection", "proxy-authorization",
            "kong-debug", "uber-trace-id", "x-amzn-trace-id", "x-cloud-trace-context"];
        string[] prefixes = ["x-forwarded-", "x-kong-", "x-consumer-", "x-credential-", "x-envoy-", "x-authenticated-",
            "ratelimit-", "x-ratelimit-", "x-b3-", "uberctx-", "ot-tracer-", "ot-baggage-", "x-datadog-"];
        return exact.Contains(folded) || prefixes.Any(prefix => folded.StartsWith(prefix, StringComparison.Ordinal));
    }

    public static bool IsAuthority(string text)
    {
        Match match = AuthorityShape().Match(text);
        if (!match.Success)
        {
            return false;
        }

        if (match.Groups["port"].Success)
        {
            string port = match.Groups["port"].Value;
            if (port.Length is 0 or > 5 || int.Parse(port, CultureInfo.InvariantCulture) is < 1 or > 65535)
            {
                return false;
            }
        }

        if (match.Groups["ip"].Success)
        {
            return IPAddress.TryParse(match.Groups["ip"].Value, out IPAddress? address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
                && !LeadingZeroOctet().IsMatch(match.Groups["ip"].Value);
        }

        foreach (Match triplet in Triplet().Matches(match.Groups["name"].Value))
        {
            char decoded = (char)Convert.ToInt32(triplet.Value[1..], 16);
            if (decoded < 0x80 && !HostCharacter().IsMatch(decoded.ToString()))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The body as the length fields frame it: "none", "until-close", "chunked" or a number. Order as in the hardening table.</summary>
    public static string Frame(List<(string Name, string Value)> fields, bool oldVersion, string withoutFields)
    {
        List<string> codings = Values(fields, "Transfer-Encoding");
        List<string> lengths = Values(fields, "Content-Length");
        if (codings.Count > 0 && lengths.Count > 0)
        {
            throw new RefusedException(400);
        }

        if (codings.Count > 0 && oldVersion)
        {
            throw new RefusedException(400);
        }

        if (codings.Count > 0)
        {
            if (codings.Count == 1 && Same(codings[0], "chunked"))
            {
                return "chunked";
            }

            List<string> all = codings.SelectMany(Elements).ToList();
            bool endsInChunkedOnce = Same(all[^1], "chunked") && all.Count(coding => Same(coding, "chunked")) == 1;
            throw new RefusedException(all.All(IsToken) && endsInChunkedOnce ? 501 : 400);
        }

        return lengths.Count == 0 ? withoutFields : Length(lengths).ToString(CultureInfo.InvariantCulture);
    }

    public static long Length(List<string> lengths)
    {
        if (lengths.Count != 1 || lengths[0].Length is 0 or > 19 || !lengths[0].All(char.IsAsciiDigit))
        {
            throw new RefusedException(400);
        }

        Int128 length = Int128.Parse(lengths[0], CultureInfo.InvariantCulture);
        return length <= long.MaxValue ? (long)length : throw new RefusedException(400);
    }

    public static List<string> Values(List<(string Name, string Value)> fields, string name) =>
        fields.Where(field => Same(field.Name, name)).Select(field => field.Value).ToList();

    /// <summary>Every Connection option; more than 64 are refused.</summary>
    public static List<string> ConnectionOptions(List<(string Name, string Value)> fields)
    {
        List<string> options = [];
        foreach (string value in Values(fields, "Connection"))
        {
            // A trailing comma ends the list.
            string list = value.EndsWith(',') ? value[..^1] : value;
            if (value.Length > 0)
            {
                options.AddRange(Elements(list));
            }
        }

        return options.Count <= 64 ? options : throw new RefusedException(400);
    }

    public static string Describe(List<(string Name, string Value)> fields) => string.Join('\n', fields.Select(field => $"{field.Name}: {field.Value}"));

    [GeneratedRegex("^(?:\\[(?<ip>[0-9A-Fa-f:.]+)\\]|(?<name>(?:[A-Za-z0-9._~!$&()*+;=-]|%[0-9A-Fa-f]{2})+))(?::(?<port>[0-9]*))?\\z")]
    private static partial Regex AuthorityShape();

    [GeneratedRegex("^[A-Za-z0-9._~!$&()*+;=-]\\z")]
    private static partial Regex HostCharacter();

    [GeneratedRegex("%..")]
    private static partial Regex Triplet();

    [GeneratedRegex("[:.]0[0-9]+\\.|\\.0[0-9]+$")]
    private static partial Regex LeadingZeroOctet();
}
