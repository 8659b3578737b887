using System.Buffers;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Kong's escaping of an upstream path (K/tools/uri.lua escape): reserved and unreserved characters and the percent sign pass, every other
/// byte becomes a triplet with upper-case digits. Stateless, no allocation.
/// </summary>
public static class UpstreamPath
{
    /// <summary>Bytes one input byte can become.</summary>
    public const int MaxExpansion = 3;

    private static readonly SearchValues<byte> Kept =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%!#$&'()*+,/:;=?@[]"u8);

    /// <summary>Appends the escaped text at <paramref name="written"/>; false when the destination is too small.</summary>
    public static bool TryAppend(ReadOnlySpan<byte> text, Span<byte> destination, ref int written)
    {
        while (!text.IsEmpty)
        {
            int safe = text.IndexOfAnyExcept(Kept);
            safe = safe < 0 ? text.Length : safe;
            if (safe > destination.Length - written)
            {
                return false;
            }

            text[..safe].CopyTo(destination[written..]);
            written += safe;
            text = text[safe..];
            if (text.IsEmpty)
            {
                return true;
            }

            if (destination.Length - written < MaxExpansion)
            {
                return false;
            }

            destination[written++] = (byte)'%';
            destination[written++] = HexDigit(text[0] >> 4);
            destination[written++] = HexDigit(text[0] & 0xF);
            text = text[1..];
        }

        return true;
    }

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);
}
