namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// What share of the requests each priority takes (<c>envoy: load_balancer_impl.cc</c>, recalculatePerPriorityState, recalculatePerPriorityPanic;
/// docs: <c>upstream/load_balancing/priority.rst</c>, <c>panic_threshold.rst</c>). Immutable.
/// </summary>
public sealed class PriorityLoads
{
    // A priority counts as whole until fewer than 100 / 140 of its endpoints are healthy.
    private const int Overprovisioning = 140;

    private readonly int[] _loads;
    private readonly bool[] _panic;
    private readonly int[] _health;

    private PriorityLoads(int[] loads, bool[] panic, int[] health)
    {
        _loads = loads;
        _panic = panic;
        _health = health;
    }

    /// <summary>Percentages that add up to 100.</summary>
    public ReadOnlySpan<int> Loads => _loads;

    /// <summary>Whether a priority uses its unhealthy endpoints too.</summary>
    public bool IsPanicking(int priority) => _panic[priority];

    /// <summary>Computes the shares.</summary>
    /// <param name="healthy">Healthy endpoints per priority.</param>
    /// <param name="total">Endpoints per priority.</param>
    /// <param name="panicThreshold">Percentage of healthy endpoints below which all are used; 0 never.</param>
    public static PriorityLoads Of(ReadOnlySpan<int> healthy, ReadOnlySpan<int> total, double panicThreshold)
    {
        int[] loads = new int[total.Length];
        bool[] panic = new bool[total.Length];
        int[] health = new int[total.Length];
        long sum = 0;
        for (int i = 0; i < total.Length; i++)
        {
            health[i] = total[i] == 0 ? 0 : (int)Math.Min(100, (long)Overprovisioning * healthy[i] / total[i]);
            sum += health[i];
        }

        int available = (int)Math.Min(100, sum);
        if (available > 0)
        {
            Distribute(health, available, loads);
        }
        else
        {
            // Nobody is healthy. Without panic nothing will be picked, wherever the load goes.
            loads[0] = 100;
        }

        if (panicThreshold <= 0)
        {
            return new PriorityLoads(loads, panic, health);
        }

        bool all = true;
        for (int i = 0; i < total.Length; i++)
        {
            // While the priorities together can carry everything, none panics.
            panic[i] = available < 100 && (total[i] == 0 ? 0.0 : 100.0 * healthy[i] / total[i]) < Math.Min(100, panicThreshold);
            all &= panic[i];
        }

        if (all)
        {
            DistributeByCount(total, loads);
        }

        return new PriorityLoads(loads, panic, health);
    }

    /// <summary>The priority that a draw or a key belongs to.</summary>
    public int Choose(ulong hash)
    {
        int at = (int)(hash % 100) + 1;
        int reached = 0;
        for (int i = 0; i < _loads.Length; i++)
        {
            reached += _loads[i];
            if (at <= reached)
            {
                return i;
            }
        }

        return 0;
    }

    /// <summary>
    /// The same without some priorities, those that attempts were made to (<c>envoy: previous_priorities.cc</c>): the others take the load by
    /// their health. When no other has any the shares are as they always are.
    /// </summary>
    /// <param name="hash">The draw.</param>
    /// <param name="excluded">One bit per priority; those above 31 are never excluded.</param>
    public int Choose(ulong hash, uint excluded)
    {
        if (excluded == 0)
        {
            return Choose(hash);
        }

        int available = 0;
        int first = -1;
        for (int i = 0; i < _health.Length; i++)
        {
            if (_health[i] != 0 && !IsExcluded(i, excluded))
            {
                available = Math.Min(100, available + _health[i]);
                first = first < 0 ? i : first;
            }
        }

        if (first < 0)
        {
            return Choose(hash);
        }

        int at = (int)(hash % 100) + 1;
        int reached = 0;
        for (int i = first; i < _health.Length; i++)
        {
            reached += IsExcluded(i, excluded) ? 0 : _health[i] * 100 / available;
            if (at <= reached)
            {
                return i;
            }
        }

        // What is left comes from rounding.
        return first;
    }

    private static bool IsExcluded(int priority, uint excluded) => priority < 32 && ((excluded >> priority) & 1) != 0;

    private static void Distribute(ReadOnlySpan<int> health, int available, int[] loads)
    {
        int left = 100;
        int first = -1;
        for (int i = 0; i < health.Length; i++)
        {
            first = first < 0 && health[i] > 0 ? i : first;
            loads[i] = Math.Min(left, health[i] * 100 / available);
            left -= loads[i];
        }

        // What is left comes from rounding.
        loads[first] += left;
    }

    private static void DistributeByCount(ReadOnlySpan<int> total, int[] loads)
    {
        long sum = 0;
        foreach (int count in total)
        {
            sum += count;
        }

        if (sum == 0)
        {
            Array.Clear(loads);
            loads[0] = 100;
            return;
        }

        int left = 100;
        int first = -1;
        for (int i = 0; i < total.Length; i++)
        {
            first = first < 0 && total[i] > 0 ? i : first;
            loads[i] = (int)(100L * total[i] / sum);
            left -= loads[i];
        }

        loads[first] += left;
    }
}
