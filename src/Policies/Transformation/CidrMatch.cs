using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>A set of IPv4 and IPv6 networks. Immutable, thread-safe, no allocation per look-up.</summary>
public sealed class CidrMatch
{
    /// <summary>Builds from texts such as <c>10.0.0.0/8</c>, <c>::1</c>, <c>unix:</c> (trusts clients without IP address).</summary>
    public CidrMatch(IEnumerable<string> networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
    }

    /// <summary>Nothing is contained.</summary>
    public static CidrMatch None { get; } = new([]);

    public static bool TryValidate(string network) => throw new NotImplementedException();

    public bool Contains(in ClientAddress address) => throw new NotImplementedException();
}
