using System.Buffers;
using System.Buffers.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// base64url as RFC 7515 section 2 has it: no padding, no white space, no other alphabet, unused bits zero. So each value has exactly one
/// spelling. Stateless, no allocation.
/// </summary>
internal static class StrictBase64Url
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    /// <summary>Bytes the decoded form has at most.</summary>
    public static int MaxDecodedLength(int length) => (length + 3) / 4 * 3;

    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        written = 0;

        // The decoder refuses unused bits by itself, but skips white space and accepts padding.
        return !text.ContainsAnyExcept(Alphabet)
            && Base64Url.DecodeFromUtf8(text, destination, out _, out written) == OperationStatus.Done;
    }
}
