namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>
/// Chooses one of several destinations in proportion to their weights (Envoy's weighted clusters); the sum need not be 100. Immutable,
/// thread-safe, no allocation.
/// </summary>
public sealed class WeightedSplit
{
    private readonly ulong[] _upTo;

    /// <param name="weights">One per destination, none negative, at least one above 0.</param>
    public WeightedSplit(IReadOnlyList<int> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        _upTo = new ulong[weights.Count];
        ulong sum = 0;
        for (int i = 0; i < weights.Count; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(weights[i]);
            sum += (ulong)weights[i];
            _upTo[i] = sum;
        }

        ArgumentOutOfRangeException.ThrowIfZero(sum);
        Total = sum;
    }

    /// <summary>Sum of the weights.</summary>
    public ulong Total { get; }

    /// <summary>Position of the destination that a draw falls to. <paramref name="random"/> is uniform over all 64 bits.</summary>
    public int Pick(ulong random)
    {
        // The high half of a product is uniform below the total, without a division.
        ulong point = Math.BigMul(random, Total, out _);
        int index = 0;
        while (_upTo[index] <= point)
        {
            index++;
        }

        return index;
    }
}
