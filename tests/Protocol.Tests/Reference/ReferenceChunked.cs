using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Protocol.Http1;
using static VoltageSoda.Edge.Protocol.Tests.Reference.ReferenceText;

namespace VoltageSoda.Edge.Protocol.Tests.Reference;

/// <summary>
/// Reads a chunked body the slow way: a size line is tried at every length against a pattern of what may still become one.
/// </summary>
internal static partial class ReferenceChunked
{
    private static readonly string[] NotInTrailers =
    [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "proxy",
        "http2-settings", "expect", "via", "authorization", "proxy-authorization", "proxy-authenticate", "cookie", "set-cookie", "content-type",
        "x-real-ip", "forwarded", "max-forwards", "range", "content-encoding", "content-range", "cache-control", "age", "expires", "date",
        "location", "retry-after", "vary", "warning", "pragma", "www-authenticate", "if-match", "if-none-match", "if-modified-since",
        "if-unmodified-since", "if-range", "sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol", "sec-websocket-extensions",
        "sec-websocket-accept",
    ];

    public static Verdict Read(string text, RequestRules rules)
    {
        try
        {
            return Verdict.Understood(Understand(text, rules));
        }
        catch (RefusedException refused)
        {
            return Verdict.Refused(refused.Status);
        }
        catch (NeedMoreException)
        {
            return Verdict.Incomplete;
        }
    }

    private static string Understand(string text, RequestRules rules)
    {
        StringBuilder body = new();
        int position = 0;
        int extensions = 0;
        long framing = 0;
        while (true)
        {
            string line = TakeSizeLine(text[position..], ref extensions);
            position += line.Length;
            framing += line.Length;
            if (framing > (8L * body.Length) + 65536)
            {
                throw new RefusedException(400);
            }

            BigInteger size = Size(line);
            if (size == 0)
            {
                string trailers = TakeTrailers(text, ref position, rules);
                return $"{position}|{body}\n{trailers}";
            }

            BigInteger available = text.Length - position;
            body.Append(text, position, (int)BigInteger.Min(size, available));
            if (available < size)
            {
                throw new NeedMoreException();
            }

            position += (int)size;
            string end = text.Substring(position, Math.Min(2, text.Length - position));
            if (!"\r\n".StartsWith(end, StringComparison.Ordinal))
            {
                throw new RefusedException(400);
            }

            if (end.Length < 2)
            {
                throw new NeedMoreException();
            }

            position += 2;
            framing += 2;
        }
    }

    private static string TakeSizeLine(string text, ref int extensions)
    {
        for (int length = 1; length <= text.Length; length++)
        {
            string line = text[..length];
            Match match = SizeLinePrefix().Match(line);

            // The byte that goes over a limit is answered for the limit even when it is a bad byte too.
            bool isLineEnd = line[^1] is '\r' or '\n';
            Match before = SizeLinePrefix().Match(line[..^1]);
            if (!isLineEnd && before.Success && before.Groups["extension"].Success && !before.Groups["end"].Success)
            {
                int line256 = before.Groups["extension"].Length + 1;
                if (line256 > 256 || extensions + line256 > 16 * 1024)
                {
                    throw new RefusedException(413);
                }
            }

            if (!match.Success || Size(line) > long.MaxValue)
            {
                throw new RefusedException(400);
            }

            int extension = match.Groups["extension"].Length;
            if (extensions + extension > 16 * 1024)
            {
                throw new RefusedException(413);
            }

            if (line.EndsWith("\r\n", StringComparison.Ordinal))
            {
                extensions += extension;
                return line;
            }
        }

        throw new NeedMoreException();
    }

    private static BigInteger Size(string line) =>
        line.TakeWhile(char.IsAsciiHexDigit).Aggregate(BigInteger.Zero, (sum, digit) => (sum * 16) + Convert.ToInt32(digit.ToString(), 16));

    private static string TakeTrailers(string text, ref int position, RequestRules rules)
    {
        List<(string Name, string Value)> kept = [];
        int counted = 0;
        int lines = 0;
        while (string.CompareOrdinal(text, position, "\r\n", 0, 2) != 0)
        {
            string line = TakeLine(text, position, Math.Max(8192 - counted - 2, 0), 431);
            if (++lines > 32)
            {
                throw new RefusedException(431);
            }

            (string name, string value) = TakeField(line);
            bool imitates = ImitatesGuardedName(name) || (name.Contains('_') && rules.Underscores == UnderscorePolicy.Drop);
            if (!imitates && name.Contains('_') && rules.Underscores == UnderscorePolicy.Reject)
            {
                throw new RefusedException(400);
            }

            string lower = name.ToLowerInvariant();
            string[] prefixes = ["x-forwarded-", "x-kong-", "x-consumer-", "x-envoy-", "access-control-"];
            if (!imitates && !NotInTrailers.Contains(lower) && !prefixes.Any(prefix => lower.StartsWith(prefix, StringComparison.Ordinal)))
            {
                kept.Add((name, value));
            }

            counted += line.Length + 2;
            position += line.Length + 2;
        }

        position += 2;
        return Describe(kept);
    }

    // Sixteen digits; then nothing, or white space and an extension of plain text and quoted strings, which may still be open; then CR LF.
    [GeneratedRegex(
        "^[0-9A-Fa-f]{1,16}"
        + "(?:(?<extension>[ \\t]+)"
        + "|(?<extension>[ \\t]*;(?:[\\t\\x20\\x21\\x23-\\x7e]|\"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*\")*"
        + "(?:\"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*\\\\?)?)"
        + "|(?<extension>[ \\t]*;(?:[\\t\\x20\\x21\\x23-\\x7e]|\"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*\")*)?(?<end>\\r\\n?)"
        + ")?\\z")]
    private static partial Regex SizeLinePrefix();
}
