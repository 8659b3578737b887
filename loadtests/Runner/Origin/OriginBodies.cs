using System.Security.Cryptography;

namespace VoltageSoda.Edge.LoadTests.Origin;

/// <summary>
/// The bodies that every origin serves: printable, the same on every machine, without a period that a copying mistake could hide in. Pure.
/// </summary>
public static class OriginBodies
{
    private static ReadOnlySpan<byte> Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8;

    /// <summary>The paths, and the sizes of what they serve.</summary>
    public static IReadOnlyList<(string Name, int Size)> Sizes { get; } = [("1k", 1024), ("64k", 64 * 1024), ("1m", 1024 * 1024)];

    /// <summary>The body of this size.</summary>
    public static byte[] Of(int size)
    {
        byte[] body = new byte[size];
        uint state = 0x9E3779B9;
        for (int i = 0; i < size; i++)
        {
            // Xorshift: enough variety, and no dependence on the runtime's own generator.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            body[i] = Alphabet[(int)(state >> 26)];
        }

        return body;
    }

    /// <summary>The body's SHA-256 in lower-case hexadecimal.</summary>
    public static string HashOf(int size) => Convert.ToHexStringLower(SHA256.HashData(Of(size)));
}
