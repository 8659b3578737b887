using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>Recognises and spells <see cref="KnownHeader"/> names. Immutable tables, safe from any thread.</summary>
public static class KnownHeaders
{
    /// <summary>Number of values of <see cref="KnownHeader"/>, <see cref="KnownHeader.None"/> included.</summary>
    public const int Count = (int)KnownHeader.XB3TraceId + 1;

    /// <summary>Bytes of the longest spelling.</summary>
    internal const int LongestName = 38;

    // A name is compared with one 32-byte load, so the lower-case spellings sit at this distance from each other, padded with zeros.
    private const int Stride = 64;
    private const int SlotBits = 11;

    private static readonly byte[][] Names = Split();
    private static readonly byte[] Lower = LowerTable();
    private static readonly ulong Multiplier = FindMultiplier();
    private static readonly byte[] Slots = SlotTable();

    // One line per group of values of the enum, in its order.
    private static ReadOnlySpan<byte> Spellings =>
        "Host Content-Length Transfer-Encoding Connection Keep-Alive Proxy-Connection TE Trailer Upgrade Proxy "u8 +
        "HTTP2-Settings Expect Via Authorization Proxy-Authorization Proxy-Authenticate Cookie Set-Cookie Content-Type "u8 +
        "X-Forwarded-For X-Forwarded-Proto X-Forwarded-Host X-Forwarded-Port X-Forwarded-Path X-Forwarded-Prefix "u8 +
        "X-Real-IP Forwarded Sec-WebSocket-Key Sec-WebSocket-Version Sec-WebSocket-Protocol Sec-WebSocket-Extensions "u8 +
        "Sec-WebSocket-Accept Max-Forwards Range Content-Encoding Content-Range Cache-Control Age Expires Date "u8 +
        "Location Retry-After Vary Warning Pragma WWW-Authenticate If-Match If-None-Match If-Modified-Since "u8 +
        "If-Unmodified-Since If-Range Accept Accept-Encoding Accept-Language Accept-Charset Origin Server User-Agent "u8 +
        "Referer X-Request-Id X-Kong-Request-Id Kong-Debug Access-Control-Request-Method "u8 +
        "Access-Control-Request-Headers Access-Control-Request-Private-Network Access-Control-Allow-Origin "u8 +
        "Access-Control-Allow-Methods Access-Control-Allow-Headers Access-Control-Allow-Credentials "u8 +
        "Access-Control-Allow-Private-Network Access-Control-Expose-Headers Access-Control-Max-Age Allow Accept-Ranges "u8 +
        "ETag Last-Modified Link Alt-Svc Content-Disposition Content-Language Content-Location Content-Security-Policy "u8 +
        "Strict-Transport-Security X-Content-Type-Options X-Frame-Options Upgrade-Insecure-Requests Sec-Fetch-Site "u8 +
        "Sec-Fetch-Mode Sec-Fetch-Dest Sec-Fetch-User Priority From traceparent tracestate X-Consumer-Id "u8 +
        "X-Consumer-Custom-Id X-Consumer-Username X-Consumer-Groups X-Credential-Identifier X-Anonymous-Consumer "u8 +
        "X-Kong-Upstream-Latency X-Kong-Proxy-Latency X-Kong-Response-Latency X-Kong-Upstream-Status RateLimit-Limit "u8 +
        "RateLimit-Remaining RateLimit-Reset X-Requested-With X-Powered-By Grpc-Status Grpc-Message Grpc-Timeout "u8 +
        "X-B3-TraceId"u8;

    /// <summary>The spelling written when the edge itself adds the field, for example <c>Content-Length</c>. Empty for None.</summary>
    public static ReadOnlySpan<byte> Name(KnownHeader header) => Names[(int)header];

    /// <summary>The same in lower case, as HTTP/2 and proxies that think in it spell names.</summary>
    public static ReadOnlySpan<byte> LowerName(KnownHeader header) => Lower.AsSpan((int)header * Stride, Names[(int)header].Length);

    /// <summary>The known name equal to <paramref name="name"/> without regard to ASCII case, or None.</summary>
    public static KnownHeader Classify(ReadOnlySpan<byte> name)
    {
        if (name.Length is < 2 or > Stride)
        {
            return KnownHeader.None;
        }

        byte candidate = Slots[Slot(Key(ref MemoryMarshal.GetReference(name), name.Length), Multiplier)];
        ReadOnlySpan<byte> spelling = Names[candidate];

        // The edge's own names are spelled as here, which is quicker to see.
        return spelling.Length == name.Length && (name.SequenceEqual(spelling) || Ascii.EqualsIgnoreCase(spelling, name))
            ? (KnownHeader)candidate
            : KnownHeader.None;
    }

    /// <summary>
    /// As <see cref="Classify(ReadOnlySpan{byte})"/> for a name of at most 32 bytes of which 32 readable bytes, loaded by the caller, begin at
    /// <paramref name="start"/>. A match proves that the name is a token, since every spelling is one and only letters are folded.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static KnownHeader Classify(ref byte start, int length, Vector256<byte> loaded)
    {
        if (length < 2)
        {
            return KnownHeader.None;
        }

        int candidate = Slots[Slot(Key(ref start, length), Multiplier)];
        Vector256<byte> lower = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(Lower), (nuint)(candidate * Stride));
        Vector256<byte> fold = Vector256.GreaterThan(lower.AsSByte(), Vector256.Create((sbyte)0x60)).AsByte() & Vector256.Create((byte)0x20);
        uint differs = ~Vector256.Equals(loaded | fold, lower).ExtractMostSignificantBits();

        // The name ends where it first differs, and there the spelling ends as well: its padding is the first zero.
        return BitOperations.TrailingZeroCount(differs) >= length && Names[candidate].Length == length
            ? (KnownHeader)candidate
            : KnownHeader.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Key(ref byte start, int length)
    {
        int fourth = length >= 4 ? length - 4 : 0;
        return (uint)length
            | ((ulong)(uint)(start
                | (Unsafe.Add(ref start, length - 1) << 8)
                | (Unsafe.Add(ref start, length >> 1) << 16)
                | (Unsafe.Add(ref start, fourth) << 24)) << 8)
            | 0x20_2020_2000;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Slot(ulong key, ulong multiplier) => (int)((key * multiplier) >> (64 - SlotBits));

    private static byte[][] Split()
    {
        byte[][] names = new byte[Count][];
        names[0] = [];
        int index = 1;
        foreach (Range part in Spellings.Split((byte)' '))
        {
            names[index++] = Spellings[part].ToArray();
        }

        return names;
    }

    private static byte[] LowerTable()
    {
        byte[] table = new byte[Count * Stride];
        for (int i = 1; i < Count; i++)
        {
            Ascii.ToLower(Names[i], table.AsSpan(i * Stride), out _);
        }

        return table;
    }

    // A multiplier that sends every name to a slot of its own is found within a few tries; searching keeps the enum free to grow.
    private static ulong FindMultiplier()
    {
        Span<bool> taken = stackalloc bool[1 << SlotBits];
        for (ulong multiplier = 0x9E37_79B9_7F4A_7C15; ; multiplier = (multiplier * 0x5851_F42D_4C95_7F2D) + 2)
        {
            taken.Clear();
            int placed = 1;
            while (placed < Count)
            {
                int slot = Slot(Key(ref Names[placed][0], Names[placed].Length), multiplier);
                if (taken[slot])
                {
                    break;
                }

                taken[slot] = true;
                placed++;
            }

            if (placed == Count)
            {
                return multiplier;
            }
        }
    }

    private static byte[] SlotTable()
    {
        byte[] slots = new byte[1 << SlotBits];
        for (int i = 1; i < Count; i++)
        {
            slots[Slot(Key(ref Names[i][0], Names[i].Length), Multiplier)] = (byte)i;
        }

        return slots;
    }
}
