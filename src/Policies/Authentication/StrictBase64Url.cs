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
        if (text.ContainsAnyExcept(Alphabet) || text.Length % 4 == 1)
        {
            return false;
        }

        return HasZeroTail(text) && Base64Url.DecodeFromUtf8(text, destination, out _, out written) == OperationStatus.Done;
    }

    // Two letters carry 8 of 12 bits, three carry 16 of 18.
    private static bool HasZeroTail(ReadOnlySpan<byte> text) => (text.Length % 4) switch
    {
        2 => (ValueOf(text[^1]) & 0xF) == 0,
        3 => (ValueOf(text[^1]) & 0x3) == 0,
        _ => true,
    };

    private static int ValueOf(byte letter) => (char)letter switch
    {
        >= 'A' and <= 'Z' => letter - 'A',
        >= 'a' and <= 'z' => letter - 'a' + 26,
        >= '0' and <= '9' => letter - '0' + 52,
        '-' => 62,
        _ => 63,
    };
}
