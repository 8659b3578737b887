using System.Buffers;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Test payloads whose every position is recognisable.</summary>
internal static class Bytes
{
    public static byte[] Pattern(int count, int offset = 0)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = At(i + offset);
        }

        return bytes;
    }

    // Period 251 * 257: no buffer size is a multiple of it.
    public static byte At(long position) => (byte)((position % 251) ^ (position / 257));

    public static void AssertPattern(in ReadOnlySequence<byte> bytes, long offset)
    {
        foreach (ReadOnlyMemory<byte> part in bytes)
        {
            ReadOnlySpan<byte> span = part.Span;
            for (int i = 0; i < span.Length; i++)
            {
                if (span[i] != At(offset + i))
                {
                    Assert.Fail($"Wrong byte at {offset + i}.");
                }
            }

            offset += span.Length;
        }
    }
}
