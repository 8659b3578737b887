using System.Buffers.Binary;
using System.Numerics;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>xxHash, 32 bits, seed 0 (the algorithm's specification, section "XXH32"). Stateless, no allocation.</summary>
public static class XxHash32
{
    private const uint Prime1 = 0x9E3779B1;
    private const uint Prime2 = 0x85EBCA77;
    private const uint Prime3 = 0xC2B2AE3D;
    private const uint Prime4 = 0x27D4EB2F;
    private const uint Prime5 = 0x165667B1;

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        uint hash;
        ReadOnlySpan<byte> rest = data;
        if (rest.Length >= 16)
        {
            uint a = unchecked(Prime1 + Prime2);
            uint b = Prime2;
            uint c = 0;
            uint d = unchecked(0 - Prime1);
            do
            {
                a = Round(a, BinaryPrimitives.ReadUInt32LittleEndian(rest));
                b = Round(b, BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]));
                c = Round(c, BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
                d = Round(d, BinaryPrimitives.ReadUInt32LittleEndian(rest[12..]));
                rest = rest[16..];
            }
            while (rest.Length >= 16);
            hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7)
                + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
        }
        else
        {
            hash = Prime5;
        }

        hash += (uint)data.Length;
        for (; rest.Length >= 4; rest = rest[4..])
        {
            hash = BitOperations.RotateLeft(hash + (BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime3), 17) * Prime4;
        }

        foreach (byte value in rest)
        {
            hash = BitOperations.RotateLeft(hash + (value * Prime5), 11) * Prime1;
        }

        hash = (hash ^ (hash >> 15)) * Prime2;
        hash = (hash ^ (hash >> 13)) * Prime3;
        return hash ^ (hash >> 16);
    }

    private static uint Round(uint lane, uint input) => BitOperations.RotateLeft(lane + (input * Prime2), 13) * Prime1;
}
