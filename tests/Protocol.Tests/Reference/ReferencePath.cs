using System.Globalization;

namespace VoltageSoda.Edge.Protocol.Tests.Reference;

/// <summary>
/// Canonical paths the slow way: decode, split at slashes, walk the segments. Null means that the path is refused. Written for the
/// setting that keeps escaped slashes.
/// </summary>
internal static class ReferencePath
{
    public static string? Canonical(string path, bool mergeSlashes)
    {
        if (path.Length == 0 || path[0] != '/')
        {
            return null;
        }

        string? decoded = Decode(path);
        if (decoded is null)
        {
            return null;
        }

        List<string> kept = [];
        string[] segments = decoded[1..].Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            bool isLast = i == segments.Length - 1;
            switch (segments[i])
            {
                case "..":
                    if (kept.Count == 0)
                    {
                        return null;
                    }

                    kept.RemoveAt(kept.Count - 1);
                    break;
                case ".":
                    break;
                case "" when mergeSlashes && !isLast:
                    break;
                default:
                    kept.Add(segments[i]);
                    continue;
            }

            if (isLast)
            {
                kept.Add("");
            }
        }

        return "/" + string.Join('/', kept);
    }

    private static string? Decode(string path)
    {
        string decoded = "";
        for (int i = 0; i < path.Length; i++)
        {
            char value = path[i];
            if (value == '%')
            {
                if (i + 2 >= path.Length || !char.IsAsciiHexDigit(path[i + 1]) || !char.IsAsciiHexDigit(path[i + 2]) || path.Substring(i, 3) == "%00")
                {
                    return null;
                }

                char hidden = (char)int.Parse(path.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                bool stays = hidden < ' ' || hidden == '\x7f' || "!*'();:@&=+$,/?%#[]\\".Contains(hidden);
                decoded += stays ? path.Substring(i, 3).ToUpperInvariant() : hidden.ToString();
                i += 2;
            }
            else if (value < ' ' || value == '\x7f' || value is '?' or '#')
            {
                return null;
            }
            else
            {
                decoded += value == '\\' ? "%5C" : value.ToString();
            }
        }

        return decoded;
    }
}
