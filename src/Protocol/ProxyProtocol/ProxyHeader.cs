using System.Buffers.Binary;
using System.Net;

namespace VoltageSoda.Edge.Protocol.ProxyProtocol;

/// <summary>What a PROXY header says about the addresses of the connection.</summary>
public enum ProxyHeaderKind : byte
{
    /// <summary>v1 UNKNOWN, v2 LOCAL or a family without IP addresses: keep the addresses of the socket.</summary>
    Local,

    /// <summary>Source and destination are IPv4.</summary>
    Tcp4,

    /// <summary>Source and destination are IPv6.</summary>
    Tcp6,
}

/// <summary>
/// One end of a proxied connection: 4 or 16 address bytes as a number (network order), the lower 32 bits for IPv4, and a port 0-65535.
/// </summary>
public readonly record struct ProxyAddress(UInt128 Bits, bool IsIPv6, int Port)
{
    /// <summary>Writes the address bytes in network order and returns 4 or 16.</summary>
    public int WriteBytes(Span<byte> destination)
    {
        if (IsIPv6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(destination, Bits);
            return 16;
        }

        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)Bits);
        return 4;
    }

    /// <summary>The address as an object; allocates.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        return new IPAddress(bytes[..WriteBytes(bytes)]);
    }
}

/// <summary>A parsed PROXY protocol header. Source and Destination have a meaning only when <see cref="Kind"/> is not Local.</summary>
public readonly record struct ProxyHeader(ProxyHeaderKind Kind, ProxyAddress Source, ProxyAddress Destination);
