using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// SipHash-1-3 under a secret key (Aumasson and Bernstein, 2012; the variant of Rust's and Python's dictionaries): clients choose what is hashed, so
/// the hash must not be predictable. Immutable, thread-safe.
/// </summary>
internal readonly struct SeededHash(ulong key0, ulong key1)
{
    public ulong Compute(ReadOnlySpan<byte> data)
    {
        State state = new(key0, key1);
        ulong last = (ulong)data.Length << 56;
        while (data.Length >= sizeof(ulong))
        {
            state.Absorb(BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        for (int i = 0; i < data.Length; i++)
        {
            last |= (ulong)data[i] << (8 * i);
        }

        state.Absorb(last);
        return state.Finish();
    }

    [StructLayout(LayoutKind.Auto)]
    private ref struct State(ulong key0, ulong key1)
    {
        private ulong _v0 = key0 ^ 0x736f6d6570736575;
        private ulong _v1 = key1 ^ 0x646f72616e646f6d;
        private ulong _v2 = key0 ^ 0x6c7967656e657261;
        private ulong _v3 = key1 ^ 0x7465646279746573;

        public void Absorb(ulong word)
        {
            _v3 ^= word;
            Round();
            _v0 ^= word;
        }

        public ulong Finish()
        {
            _v2 ^= 0xff;
            Round();
            Round();
            Round();
            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        private void Round()
        {
            _v0 += _v1;
            _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            _v2 += _v3;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
            _v0 += _v3;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            _v2 += _v1;
            _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
            _v2 = BitOperations.RotateLeft(_v2, 32);
        }
    }
}
