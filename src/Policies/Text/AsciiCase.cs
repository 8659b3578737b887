using System.Text;

namespace VoltageSoda.Edge.Policies.Text;

/// <summary>
/// Comparison without regard to the case of ASCII letters, for texts that may hold other bytes: <see cref="Ascii.EqualsIgnoreCase(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
/// takes two texts with a byte above 127 for different even where they are the same. Thread-safe, no allocation.
/// </summary>
internal static class AsciiCase
{
    /// <summary>Whether the two differ in nothing but the case of ASCII letters.</summary>
    public static bool Equal(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left.Length == right.Length && (Ascii.EqualsIgnoreCase(left, right) || EqualByByte(left, right));

    /// <summary>Whether the text begins with the other.</summary>
    public static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix) =>
        text.Length >= prefix.Length && Equal(text[..prefix.Length], prefix);

    private static bool EqualByByte(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (int i = 0; i < left.Length; i++)
        {
            if (Lower(left[i]) != Lower(right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static byte Lower(byte value) => char.IsAsciiLetterUpper((char)value) ? (byte)(value | 0x20) : value;
}
