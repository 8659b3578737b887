using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace VoltageSoda.Edge.Policies.Facts;

/// <summary>
/// An IPv4 or IPv6 address as plain bits: compared, masked, parsed and printed without allocation. An IPv4-mapped IPv6
/// address (::ffff:a.b.c.d) is the IPv4 address. The default value means "no IP address" (a Unix-domain client).
/// </summary>
public readonly partial record struct ClientAddress
{
    /// <summary>The longest text, in bytes: eight groups of four digits with colons, or an IPv4 tail.</summary>
    public const int MaxTextLength = 45;

    private static readonly UInt128 MappedPrefix = new(0, 0x0000_FFFF_0000_0000);

    private readonly UInt128 _bits;
    private readonly byte _family;

    private ClientAddress(UInt128 bits, byte family)
    {
        _bits = bits;
        _family = family;
    }

    /// <summary>True unless this is the default value.</summary>
    public bool HasValue => _family != 0;

    /// <summary>True for IPv4, including mapped addresses.</summary>
    public bool IsIPv4 => _family == 4;

    /// <summary>The address, right-aligned: 32 significant bits for IPv4, 128 for IPv6.</summary>
    internal UInt128 Bits => _bits;

    /// <summary>Takes the bits of an address; IPv6 scope ids are ignored.</summary>
    public static ClientAddress From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out int length))
        {
            return default;
        }

        return length == 4 ? FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes)) : FromIPv6(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    public static ClientAddress FromIPv4(uint bits) => new(bits, 4);

    /// <summary>Takes 128 bits in network order; a mapped IPv4 address becomes IPv4.</summary>
    public static ClientAddress FromIPv6(UInt128 bits) =>
        (bits >> 32) == (MappedPrefix >> 32) ? new ClientAddress((uint)bits, 4) : new ClientAddress(bits, 6);

    public IPAddress ToIPAddress()
    {
        if (!HasValue)
        {
            throw new InvalidOperationException("The client has no IP address.");
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _bits);
        return new IPAddress(IsIPv4 ? bytes[12..] : bytes);
    }

    public AddressFamily Family => _family switch
    {
        4 => AddressFamily.InterNetwork,
        6 => AddressFamily.InterNetworkV6,
        _ => AddressFamily.Unix,
    };

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[MaxTextLength];
        return System.Text.Encoding.ASCII.GetString(text[..Format(text)]);
    }
}
