using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>A set of IPv4 and IPv6 networks. Immutable, thread-safe, no allocation per look-up; few networks are expected.</summary>
public sealed class CidrMatch
{
    private readonly (UInt128 Network, UInt128 Mask)[] _ipv4;
    private readonly (UInt128 Network, UInt128 Mask)[] _ipv6;
    private readonly bool _unix;

    /// <summary>
    /// Builds from texts such as <c>10.0.0.0/8</c>, <c>::1</c>, <c>unix:</c> (trusts clients without IP address). Throws
    /// <see cref="ArgumentException"/> for anything else.
    /// </summary>
    public CidrMatch(IEnumerable<string> networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        List<(UInt128, UInt128)> ipv4 = [];
        List<(UInt128, UInt128)> ipv6 = [];
        foreach (string network in networks)
        {
            if (network == "unix:")
            {
                _unix = true;
            }
            else if (TryRead(network, out ClientAddress address, out UInt128 mask))
            {
                (address.IsIPv4 ? ipv4 : ipv6).Add((address.Bits & mask, mask));
            }
            else
            {
                throw new ArgumentException($"'{network}' is not an address or a network.", nameof(networks));
            }
        }

        _ipv4 = [.. ipv4];
        _ipv6 = [.. ipv6];
    }

    /// <summary>Nothing is contained.</summary>
    public static CidrMatch None { get; } = new([]);

    public bool IsEmpty => _ipv4.Length == 0 && _ipv6.Length == 0 && !_unix;

    public static bool TryValidate(string network) => network == "unix:" || TryRead(network, out _, out _);

    public bool Contains(in ClientAddress address)
    {
        if (!address.HasValue)
        {
            return _unix;
        }

        UInt128 bits = address.Bits;
        foreach ((UInt128 network, UInt128 mask) in address.IsIPv4 ? _ipv4 : _ipv6)
        {
            if ((bits & mask) == network)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryRead(string text, out ClientAddress address, out UInt128 mask)
    {
        mask = UInt128.MaxValue;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? text : text[..slash];
        if (!ClientAddress.TryParse(Encoding.UTF8.GetBytes(host), out address))
        {
            return false;
        }

        // A mapped network (::ffff:10.0.0.0/104) is an IPv4 network whose prefix counts 96 bits more.
        int surplus = address.IsIPv4 && host.Contains(':', StringComparison.Ordinal) ? 96 : 0;
        int width = address.IsIPv4 ? 32 : 128;
        int length = width;
        if (slash >= 0)
        {
            if (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length))
            {
                return false;
            }

            length -= surplus;
        }

        if (length < 0 || length > width)
        {
            return false;
        }

        mask = length == 0 ? 0 : UInt128.MaxValue << (width - length);
        return true;
    }
}
