namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>
/// A share of requests in millionths, as Istio gives percentages to Envoy: the percentage times 10 000, rounded down. Immutable value.
/// </summary>
public readonly record struct PerMillion
{
    private const int One = 1_000_000;

    private PerMillion(int numerator) => Numerator = numerator;

    /// <summary>Every request.</summary>
    public static PerMillion All { get; } = new(One);

    /// <summary>No request.</summary>
    public static PerMillion None => default;

    /// <summary>0..1 000 000.</summary>
    public int Numerator { get; }

    /// <summary>Takes a percentage of 0..100; what lies outside is cut off.</summary>
    /// <remarks>Counts in decimals: 0.0029 is 29 millionths, where Istio's binary product is 28.99… and loses one.</remarks>
    public static PerMillion OfPercent(double percent) =>
        percent >= 100 ? All : percent > 0 ? new PerMillion((int)((decimal)percent * 10_000)) : None;

    /// <summary>Whether a draw hits. <paramref name="random"/> is uniform over all 64 bits.</summary>
    public bool Hits(ulong random) => Math.BigMul(random, One, out _) < (ulong)Numerator;

    /// <summary>The percentage again.</summary>
    public decimal Percent => Numerator / 10_000m;
}
