using System.Security.Cryptography;
using System.Text;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>
/// Kong's deterministic ids: UUIDv5 of the entity's unique key in a namespace per collection, itself a UUIDv5 of the collection's name
/// (<c>kong/db/schema/others/declarative_config.lua</c>). Same ids as Kong's mean that Redis counters and metrics join. Pure.
/// </summary>
public static class KongIds
{
    private static readonly Guid Root = new("fd02801f-0957-4a15-a55a-c8d9606f30b5");

    /// <summary>The id of an entity by its unique key.</summary>
    public static Guid For(string collection, string key) => Version5(Version5(Root, collection), key);

    /// <summary>RFC 9562 5.5: name-based with SHA-1.</summary>
    internal static Guid Version5(Guid @namespace, string name)
    {
        byte[] input = new byte[16 + Encoding.UTF8.GetByteCount(name)];
        @namespace.TryWriteBytes(input, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(name, input.AsSpan(16));
        Span<byte> hash = stackalloc byte[20];
        SHA1.HashData(input, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
