using System.Net;

namespace VoltageSoda.Edge.Policies.Facts;

/// <summary>
/// An IPv4 or IPv6 address as plain bits: compared, masked, parsed and printed without allocation. An IPv4-mapped IPv6
/// address (::ffff:a.b.c.d) is the IPv4 address. The default value means "no IP address" (a Unix-domain client).
/// </summary>
public readonly partial record struct ClientAddress
{
    /// <summary>The longest text, in bytes: eight groups of four digits with colons, or an IPv4 tail.</summary>
    public const int MaxTextLength = 45;

    /// <summary>Takes the bits of an address; IPv6 scope ids are ignored.</summary>
    public static ClientAddress From(IPAddress address) => throw new NotImplementedException();

    /// <summary>Reads an address without port or brackets; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ClientAddress address) => throw new NotImplementedException();

    /// <summary>True unless this is the default value.</summary>
    public bool HasValue => throw new NotImplementedException();

    /// <summary>True for IPv4, including mapped addresses.</summary>
    public bool IsIPv4 => throw new NotImplementedException();

    /// <summary>Writes the canonical text (RFC 5952); returns its length, at most <see cref="MaxTextLength"/>.</summary>
    public int Format(Span<byte> destination) => throw new NotImplementedException();

    public IPAddress ToIPAddress() => throw new NotImplementedException();
}
