using System.Globalization;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using static VoltageSoda.Edge.Protocol.Tests.Reference.ReferenceText;

namespace VoltageSoda.Edge.Protocol.Tests.Reference;

/// <summary>Reads a response head the slow way. Every refusal is 502.</summary>
internal static partial class ReferenceResponse
{
    private const int BadGateway = 502;

    public static Verdict Read(string text, HeadLimits limits, KnownMethod method)
    {
        try
        {
            return Verdict.Understood(Understand(text, limits, method));
        }
        catch (RefusedException)
        {
            return Verdict.Refused(BadGateway);
        }
        catch (NeedMoreException)
        {
            return Verdict.Incomplete;
        }
    }

    private static string Understand(string text, HeadLimits limits, KnownMethod method)
    {
        const string Prefix = "HTTP/1.";
        string start = text[..Math.Min(text.Length, Prefix.Length)];
        if (!Prefix.StartsWith(start, StringComparison.Ordinal))
        {
            throw new RefusedException(BadGateway);
        }

        string line = TakeLine(text, 0, limits.StartLine, BadGateway);
        Match match = StatusLine().Match(line);
        if (!match.Success)
        {
            throw new RefusedException(BadGateway);
        }

        bool oldVersion = match.Groups["minor"].Value == "0";
        int status = int.Parse(match.Groups["status"].Value, CultureInfo.InvariantCulture);
        int position = line.Length + 2;
        List<(string Name, string Value)> fields = TakeFields(text, ref position, limits, limits.TotalIncludesStartLine ? line.Length + 2 : 0);

        string body;
        if (status < 200 || status is 204 or 304 || method == KnownMethod.Head)
        {
            body = "none";
            fields.RemoveAll(field => Same(field.Name, "Transfer-Encoding"));
            List<string> lengths = Values(fields, "Content-Length");
            if (lengths.Count > 0)
            {
                Length(lengths);
            }

            if (status < 200 || status == 204)
            {
                fields.RemoveAll(field => Same(field.Name, "Content-Length"));
            }
        }
        else
        {
            body = Frame(fields, oldVersion, "until-close");
        }

        for (int i = 0; i < fields.Count; i++)
        {
            if (Same(fields[i].Name, "Content-Length"))
            {
                fields[i] = (fields[i].Name, Length([fields[i].Value]).ToString(CultureInfo.InvariantCulture));
            }
        }

        List<string> options = ConnectionOptions(fields);
        bool persists = !options.Any(o => Same(o, "close")) && (!oldVersion || options.Any(o => Same(o, "keep-alive")));
        bool keepAlive = persists && body != "until-close" && status != 101;
        List<string> upgrades = Values(fields, "Upgrade");
        string upgrade = status == 101 && options.Any(o => Same(o, "upgrade")) && upgrades.Count == 1 ? upgrades[0] : "";
        return string.Join('|', status, oldVersion ? "1.0" : "1.1", body, keepAlive, upgrade, position) + "\n" + Describe(fields);
    }

    private static List<(string Name, string Value)> TakeFields(string text, ref int position, HeadLimits limits, int counted)
    {
        List<(string Name, string Value)> fields = [];
        while (string.CompareOrdinal(text, position, "\r\n", 0, 2) != 0)
        {
            int longest = Math.Min(limits.HeaderLine, Math.Max(limits.HeadersTotal - counted - 2, 0));
            string line = TakeLine(text, position, longest, BadGateway);
            if (fields.Count == limits.HeaderCount)
            {
                throw new RefusedException(BadGateway);
            }

            fields.Add(TakeField(line));
            counted += line.Length + 2;
            position += line.Length + 2;
        }

        position += 2;
        return fields;
    }

    [GeneratedRegex("^HTTP/1\\.(?<minor>[01]) (?<status>[1-5][0-9][0-9])(?: [\\t\\x20-\\x7e\\x80-\\xff]*)?\\z")]
    private static partial Regex StatusLine();
}
