using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>
/// Kong's normal form of a path (<c>kong/tools/uri.lua</c>): triplets of bytes that are not reserved are decoded, the others get upper-case hex,
/// dot segments are resolved and slashes merged. Pure.
/// </summary>
internal static class KongPath
{
    private const string Reserved = "!#$%&'()*+,/:;=?@[]";
    private const string PatternCharacters = ".^-{}\\|";

    /// <summary>The normal form of a prefix path.</summary>
    public static string Normalize(string path)
    {
        string decoded = Decode(path, forPattern: false);
        List<string> segments = [];
        string[] parts = decoded.Split('/');
        for (int i = 1; i < parts.Length; i++)
        {
            bool last = i == parts.Length - 1;
            switch (parts[i])
            {
                case "" when !last:
                case "." when !last:
                    break;
                case ".":
                    segments.Add("");
                    break;
                case "..":
                    if (segments.Count > 0)
                    {
                        segments.RemoveAt(segments.Count - 1);
                    }

                    if (last)
                    {
                        segments.Add("");
                    }

                    break;
                default:
                    segments.Add(parts[i]);
                    break;
            }
        }

        return "/" + string.Join('/', segments);
    }

    /// <summary>
    /// What Kong 3 makes of a path of a 1.1 or 2.1 document (<c>kong/db/migrations/migrate_path_280_300.lua</c>): plain paths are normalised, all
    /// others become patterns.
    /// </summary>
    public static string Migrate(string path)
    {
        bool plain = path.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '~' or '/' or '%');
        return plain ? Normalize(path) : "~" + Decode(path, forPattern: true);
    }

    /// <summary>The first broken triplet, or null.</summary>
    public static string? BadEscape(string path)
    {
        for (int at = path.IndexOf('%', StringComparison.Ordinal); at >= 0; at = path.IndexOf('%', at + 1))
        {
            if (at + 2 >= path.Length || !char.IsAsciiHexDigit(path[at + 1]) || !char.IsAsciiHexDigit(path[at + 2]))
            {
                return path[at..Math.Min(path.Length, at + 3)];
            }
        }

        return null;
    }

    private static string Decode(string path, bool forPattern)
    {
        if (!path.Contains('%', StringComparison.Ordinal))
        {
            return path;
        }

        List<byte> bytes = [];
        byte[] source = Encoding.UTF8.GetBytes(path);
        for (int i = 0; i < source.Length; i++)
        {
            if (source[i] != '%' || i + 2 >= source.Length
                || !byte.TryParse(source.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes.Add(source[i]);
                continue;
            }

            // Bytes above ASCII stay encoded here: a lone one is no text, and both sides of the comparison are normalised alike.
            if (value >= 0x80 || Reserved.Contains((char)value, StringComparison.Ordinal))
            {
                bytes.AddRange(Encoding.ASCII.GetBytes($"%{value:X2}"));
            }
            else
            {
                if (forPattern && PatternCharacters.Contains((char)value, StringComparison.Ordinal))
                {
                    bytes.Add((byte)'\\');
                }

                bytes.Add(value);
            }

            i += 2;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
