using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace VoltageSoda.Edge.Protocol.ProxyProtocol;

/// <summary>Writes PROXY protocol headers. Stateless.</summary>
public static class ProxyHeaderWriter
{
    /// <summary>Most bytes any method here writes.</summary>
    public const int MaxLength = 108;

    /// <summary>Writes a version 1 line and returns its length. Both ends must be of one family.</summary>
    public static int WriteV1(Span<byte> destination, IPEndPoint source, IPEndPoint target)
    {
        bool isIPv6 = IsIPv6(source, target);
        int position = Copy(isIPv6 ? "PROXY TCP6 "u8 : "PROXY TCP4 "u8, destination);
        position += FormatAddress(source.Address, destination[position..]);
        destination[position++] = (byte)' ';
        position += FormatAddress(target.Address, destination[position..]);
        destination[position++] = (byte)' ';
        Utf8Formatter.TryFormat(source.Port, destination[position..], out int length);
        position += length;
        destination[position++] = (byte)' ';
        Utf8Formatter.TryFormat(target.Port, destination[position..], out length);
        position += length;
        return position + Copy("\r\n"u8, destination[position..]);
    }

    /// <summary>Writes a version 2 header without TLVs and returns its length. Both ends must be of one family.</summary>
    public static int WriteV2(Span<byte> destination, IPEndPoint source, IPEndPoint target)
    {
        bool isIPv6 = IsIPv6(source, target);
        int addressLength = isIPv6 ? 16 : 4;
        int length = isIPv6 ? ProxyHeaderV2.Length6 : ProxyHeaderV2.Length4;
        int position = WriteFixed(destination, ProxyHeaderV2.CommandProxy, isIPv6 ? ProxyHeaderV2.FamilyTcp6 : ProxyHeaderV2.FamilyTcp4, length);
        source.Address.TryWriteBytes(destination[position..], out _);
        target.Address.TryWriteBytes(destination[(position + addressLength)..], out _);
        position += 2 * addressLength;
        BinaryPrimitives.WriteUInt16BigEndian(destination[position..], (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(destination[(position + 2)..], (ushort)target.Port);
        return position + 4;
    }

    /// <summary>Writes a version 2 LOCAL header (health checks) and returns its length.</summary>
    public static int WriteLocal(Span<byte> destination) => WriteFixed(destination, ProxyHeaderV2.CommandLocal, 0, 0);

    private static int WriteFixed(Span<byte> destination, byte command, byte family, int length)
    {
        int position = Copy(ProxyHeaderV2.Signature, destination);
        destination[position] = command;
        destination[position + 1] = family;
        BinaryPrimitives.WriteUInt16BigEndian(destination[(position + 2)..], (ushort)length);
        return ProxyHeaderV2.FixedLength;
    }

    private static int Copy(ReadOnlySpan<byte> bytes, Span<byte> destination)
    {
        bytes.CopyTo(destination);
        return bytes.Length;
    }

    // A zone means nothing on another host, and the text form has no place for it.
    private static int FormatAddress(IPAddress address, Span<byte> destination)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0)
        {
            address = new IPAddress(address.GetAddressBytes());
        }

        address.TryFormat(destination, out int length);
        return length;
    }

    private static bool IsIPv6(IPEndPoint source, IPEndPoint target)
    {
        if (source.AddressFamily != target.AddressFamily)
        {
            throw new ArgumentException("Source and target are of different address families.", nameof(target));
        }

        return source.AddressFamily == AddressFamily.InterNetworkV6;
    }
}
