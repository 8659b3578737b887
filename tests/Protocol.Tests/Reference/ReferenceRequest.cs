using System.Globalization;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using static VoltageSoda.Edge.Protocol.Tests.Reference.ReferenceText;

namespace VoltageSoda.Edge.Protocol.Tests.Reference;

/// <summary>
/// Reads a request head the slow way, line after line on a string, from the hardening tables. Faults are judged in the order of the
/// bytes, then in the order of the tables: host, body length, singletons, connection, expectation, method.
/// </summary>
internal static partial class ReferenceRequest
{
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
        int start = SkipEmptyLines(text);
        string method = TakeMethod(text[start..]);
        string line = TakeLine(text, start, rules.Limits.StartLine, 414);
        RefuseBareReturn(line);
        if (line == "PRI * HTTP/2.0")
        {
            throw new RefusedException(400);
        }

        if (method == "CONNECT")
        {
            throw new RefusedException(405);
        }

        string[] parts = line[(method.Length + 1)..].Split(' ', 2);
        (string authority, string target, string scheme) = TakeTarget(parts[0], method, rules);
        bool oldVersion = TakeVersion(parts.Length == 2 ? parts[1] : "");

        int position = start + line.Length + 2;
        int dropped = 0;
        List<(string Name, string Value)> fields =
            TakeFields(text, ref position, rules, rules.Limits.TotalIncludesStartLine ? line.Length + 2 : 0, ref dropped);

        authority = JudgeHost(fields, authority, oldVersion, rules);
        string body = Frame(fields, oldVersion, "none");
        Normalise(fields);
        foreach (string single in new[] { "Authorization", "Content-Type", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "HTTP2-Settings" })
        {
            if (Values(fields, single).Count > 1)
            {
                throw new RefusedException(400);
            }
        }

        List<string> options = ConnectionOptions(fields);
        bool keepAlive = !options.Any(o => Same(o, "close")) && (!oldVersion || options.Any(o => Same(o, "keep-alive")));
        List<string> expectations = Values(fields, "Expect");
        if (expectations.Any(value => !Same(value, "100-continue")))
        {
            throw new RefusedException(417);
        }

        if (method == "TRACE")
        {
            throw new RefusedException(405);
        }

        bool expects = expectations.Count > 0 && !oldVersion;
        bool trailers = Values(fields, "TE").SelectMany(Elements).Any(element => Same(element, "trailers"));
        bool webSocket = method == "GET" && !oldVersion && target != "*" && body is "none" or "0" && IsWebSocket(method, oldVersion, fields, options);
        return string.Join('|', method, target, oldVersion ? "1.0" : "1.1", body, keepAlive, expects, webSocket, authority, scheme, trailers, position - start, dropped)
            + "\n" + Describe(fields);
    }

    private static int SkipEmptyLines(string text)
    {
        int position = 0;
        int lines = 0;
        while (position < text.Length && text[position] is '\r' or '\n')
        {
            if (text[position] == '\n')
            {
                throw new RefusedException(400);
            }

            if (position + 1 == text.Length)
            {
                throw new NeedMoreException();
            }

            if (text[position + 1] != '\n' || ++lines > 2)
            {
                throw new RefusedException(400);
            }

            position += 2;
        }

        return position < text.Length ? position : throw new NeedMoreException();
    }

    private static string TakeMethod(string text)
    {
        string token = string.Concat(text.TakeWhile(c => TokenCharacters.Contains(c)).Take(65));
        if (token.Length > 64)
        {
            throw new RefusedException(501);
        }

        string rest = text[token.Length..];
        if (rest.Length == 0 || (rest == "\r" && token.Length > 0))
        {
            throw new NeedMoreException();
        }

        return token.Length > 0 && rest[0] == ' ' ? token : throw new RefusedException(400);
    }

    private static (string Authority, string Target, string Scheme) TakeTarget(string target, string method, RequestRules rules)
    {
        if (!TargetBytes().IsMatch(target) || BadTriplet().IsMatch(target))
        {
            throw new RefusedException(400);
        }

        string encoded = string.Concat(target.Select(c => c >= 0x80 ? "%" + ((int)c).ToString("X2", CultureInfo.InvariantCulture) : c.ToString()));
        if (target[0] == '/')
        {
            return ("", encoded, "None");
        }

        if (target == "*" && method == "OPTIONS")
        {
            return ("", "*", "None");
        }

        Match absolute = AbsoluteForm().Match(target);
        if (!absolute.Success || !IsAuthority(absolute.Groups["authority"].Value))
        {
            throw new RefusedException(400);
        }

        string scheme = Same(absolute.Groups["scheme"].Value, "http") ? "Http" : "Https";
        if (rules.Scheme != UriScheme.None && rules.Scheme.ToString() != scheme)
        {
            throw new RefusedException(400);
        }

        string authority = absolute.Groups["authority"].Value;
        string rest = encoded[(encoded.IndexOf("//", StringComparison.Ordinal) + 2 + authority.Length)..];
        string origin = rest.Length == 0 && method == "OPTIONS" ? "*" : rest.StartsWith('/') ? rest : "/" + rest;
        return (authority, origin, scheme);
    }

    private static bool TakeVersion(string version) => version switch
    {
        "HTTP/1.1" => false,
        "HTTP/1.0" => true,
        _ => throw new RefusedException(OtherVersion().IsMatch(version) ? 505 : 400),
    };

    private static List<(string Name, string Value)> TakeFields(string text, ref int position, RequestRules rules, int counted, ref int dropped)
    {
        List<(string Name, string Value)> fields = [];
        int lines = 0;
        while (string.CompareOrdinal(text, position, "\r\n", 0, 2) != 0)
        {
            int longest = Math.Min(rules.Limits.HeaderLine, Math.Max(rules.Limits.HeadersTotal - counted - 2, 0));
            string line = TakeLine(text, position, longest, 431);
            if (++lines > rules.Limits.HeaderCount)
            {
                throw new RefusedException(431);
            }

            (string name, string value) = TakeField(line);
            if (ImitatesGuardedName(name) || (name.Contains('_') && rules.Underscores == UnderscorePolicy.Drop))
            {
                dropped++;
            }
            else if (name.Contains('_') && rules.Underscores == UnderscorePolicy.Reject)
            {
                throw new RefusedException(400);
            }
            else
            {
                fields.Add((name, value));
            }

            counted += line.Length + 2;
            position += line.Length + 2;
        }

        position += 2;
        return fields;
    }

    private static string JudgeHost(List<(string Name, string Value)> fields, string authority, bool oldVersion, RequestRules rules)
    {
        List<string> hosts = Values(fields, "Host");
        if (hosts.Count == 0 && (!oldVersion || !rules.AllowHostlessHttp10))
        {
            throw new RefusedException(oldVersion ? 426 : 400);
        }

        if (hosts.Count > 1 || (hosts.Count == 1 && !IsAuthority(hosts[0])))
        {
            throw new RefusedException(400);
        }

        if (authority.Length == 0)
        {
            return hosts.FirstOrDefault() ?? "";
        }

        int index = fields.FindIndex(field => Same(field.Name, "Host"));
        if (index < 0)
        {
            fields.Add(("Host", authority));
        }
        else
        {
            fields[index] = (fields[index].Name, authority);
        }

        return authority;
    }

    private static void Normalise(List<(string Name, string Value)> fields)
    {
        int index = fields.FindIndex(field => Same(field.Name, "Content-Length"));
        if (index >= 0)
        {
            fields[index] = (fields[index].Name, long.Parse(fields[index].Value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture));
        }
    }

    private static bool IsWebSocket(string method, bool oldVersion, List<(string Name, string Value)> fields, List<string> options) =>
        method == "GET" && !oldVersion
            && options.Any(option => Same(option, "upgrade"))
            && Same(Values(fields, "Upgrade").FirstOrDefault() ?? "", "websocket")
            && Values(fields, "Sec-WebSocket-Version").FirstOrDefault() == "13"
            && WebSocketKey().IsMatch(Values(fields, "Sec-WebSocket-Key").FirstOrDefault() ?? "");

    [GeneratedRegex("^[\\x21\\x22\\x24-\\x7e\\x80-\\xff]+\\z")]
    private static partial Regex TargetBytes();

    [GeneratedRegex("%(?![0-9A-Fa-f]{2})|%00")]
    private static partial Regex BadTriplet();

    [GeneratedRegex("^(?<scheme>[Hh][Tt][Tt][Pp][Ss]?)://(?<authority>[^/?]*)")]
    private static partial Regex AbsoluteForm();

    [GeneratedRegex("^HTTP/[0-9]\\.[0-9]\\z")]
    private static partial Regex OtherVersion();

    [GeneratedRegex("^[A-Za-z0-9+/]{22}==\\z")]
    private static partial Regex WebSocketKey();
}
