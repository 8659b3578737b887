using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Makes request ids: 32 lower-case hex characters, 128 random bits. One per loop, not thread-safe, allocates nothing. The generator
/// is xoshiro256** (public domain, Blackman and Vigna) seeded from the operating system: unique and well spread, but not secret.
/// </summary>
public sealed class RequestIdGenerator
{
    /// <summary>Length of an id in bytes.</summary>
    public const int Length = 32;

    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>Seeds from the operating system's generator.</summary>
    public RequestIdGenerator()
    {
        Span<ulong> seed = stackalloc ulong[4];
        do
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(seed));
        }
        while ((seed[0] | seed[1] | seed[2] | seed[3]) == 0);
        (_s0, _s1, _s2, _s3) = (seed[0], seed[1], seed[2], seed[3]);
    }

    internal RequestIdGenerator(ulong s0, ulong s1, ulong s2, ulong s3) => (_s0, _s1, _s2, _s3) = (s0, s1, s2, s3);

    /// <summary>Writes the next id into the first <see cref="Length"/> bytes of <paramref name="destination"/>.</summary>
    public void Write(Span<byte> destination)
    {
        Span<ulong> bits = [Next(), Next()];
        Convert.TryToHexStringLower(MemoryMarshal.AsBytes(bits), destination[..Length], out _);
    }

    internal ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }
}
