using System.Buffers;
using System.Buffers.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// The segments of a token as Kong decodes them (kong/plugins/jwt/jwt_parser.lua): base64url, which RFC 7515 section 2 asks for, and also with
/// padding or in the other alphabet of base64. No white space, and unused bits are zero. Stateless, no allocation.
/// </summary>
internal static class JwtBase64
{
    private static readonly SearchValues<byte> Url =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    /// <summary>Bytes the decoded form has at most.</summary>
    public static int MaxDecodedLength(int length) => (length + 3) / 4 * 3;

    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        ReadOnlySpan<byte> digits = WithoutPadding(text);
        int other = digits.IndexOfAnyExcept(Url);
        if (other >= 0)
        {
            return TryDecodeOther(digits, other, destination, out written);
        }

        // The decoder refuses unused bits by itself, but skips white space and accepts padding.
        written = 0;
        return Base64Url.DecodeFromUtf8(digits, destination, out _, out written) == OperationStatus.Done;
    }

    private static ReadOnlySpan<byte> WithoutPadding(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 != 0 || text.IsEmpty || text[^1] != '=')
        {
            return text;
        }

        return text[^2] == '=' ? text[..^2] : text[..^1];
    }

    private static bool TryDecodeOther(ReadOnlySpan<byte> digits, int other, Span<byte> destination, out int written)
    {
        written = 0;
        byte[] rented = ArrayPool<byte>.Shared.Rent(digits.Length);
        Span<byte> spelled = rented.AsSpan(0, digits.Length);
        digits.CopyTo(spelled);
        spelled[other..].Replace((byte)'+', (byte)'-');
        spelled[other..].Replace((byte)'/', (byte)'_');
        bool decoded = !spelled[other..].ContainsAnyExcept(Url)
            && Base64Url.DecodeFromUtf8(spelled, destination, out _, out written) == OperationStatus.Done;
        ArrayPool<byte>.Shared.Return(rented);
        return decoded;
    }
}
