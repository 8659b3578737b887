using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>
/// The normal form of a route's path, which is that of a request's (<see cref="Protocol.Http.CanonicalPath"/>, Kong's <c>kong/tools/uri.lua</c>):
/// triplets of bytes that are not reserved are decoded, the others (and controls and backslashes) get upper-case hex, dot segments are resolved
/// and slashes merged. Climbing above the root ends there. Pure.
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
        byte[] source = Encoding.UTF8.GetBytes(path);
        List<byte> bytes = new(source.Length);
        for (int i = 0; i < source.Length; i++)
        {
            byte value = source[i];
            bool triplet = false;
            if (value == '%' && i + 2 < source.Length
                && byte.TryParse(source.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte decoded))
            {
                triplet = true;
                value = decoded;
                i += 2;
            }
            else if (forPattern)
            {
                bytes.Add(value);
                continue;
            }

            if (value is < 0x20 or 0x7f or (byte)'\\' || (triplet && Reserved.Contains((char)value, StringComparison.Ordinal)))
            {
                bytes.AddRange(Encoding.ASCII.GetBytes($"%{value:X2}"));
                continue;
            }

            if (forPattern && PatternCharacters.Contains((char)value, StringComparison.Ordinal))
            {
                bytes.Add((byte)'\\');
            }

            bytes.Add(value);
        }

        return Text(CollectionsMarshal.AsSpan(bytes));
    }

    // Bytes that are no UTF-8 are no text: they stay triplets, which the router takes for the bytes.
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == OperationStatus.Done;
            if (valid)
            {
                text.Append(rune.ToString());
            }

            for (int i = 0; i < length && !valid; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"%{bytes[i]:X2}");
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }
}
