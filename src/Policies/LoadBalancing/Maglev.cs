using System.Text;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// Envoy's Maglev table (<c>envoy: source/extensions/load_balancing_policies/maglev/maglev_lb.cc</c>, after the paper of that name): endpoints take
/// slots in turn, each by a permutation of its own, until all are taken; a key belongs to slot hash modulo size. Slots are exactly Envoy's.
/// Immutable, thread-safe.
/// </summary>
public sealed class Maglev : HashPlacement
{
    /// <summary>Envoy's default.</summary>
    public const int DefaultSize = 65537;

    /// <summary>A table is smaller than this.</summary>
    public const int SizeLimit = 5_000_011;

    private readonly int[] _owners;

    private Maglev(int[] owners) => _owners = owners;

    public override int Count => _owners.Length;

    /// <summary>Whether a table may have this many slots: a prime below the limit.</summary>
    public static bool IsSize(long size)
    {
        if (size is < 2 or >= SizeLimit)
        {
            return false;
        }

        for (long divisor = 2; divisor * divisor <= size; divisor++)
        {
            if (size % divisor == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Fills a table; the owners' order does not matter.</summary>
    public static Maglev Build(IReadOnlyList<KeyOwner> owners, int size)
    {
        ArgumentNullException.ThrowIfNull(owners);
        if (!IsSize(size))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "A table has a prime number of slots.");
        }

        if (owners.Count == 0)
        {
            return new Maglev([]);
        }

        KeyOwner[] sorted = [.. owners.OrderBy(static owner => owner.Name, StringComparer.Ordinal)];
        double heaviest = sorted.Max(static owner => owner.Weight);
        ulong[] offsets = [.. sorted.Select(owner => XxHash64.Compute(Encoding.UTF8.GetBytes(owner.Name)) % (ulong)size)];
        ulong[] skips = [.. sorted.Select(owner => (XxHash64.Compute(Encoding.UTF8.GetBytes(owner.Name), 1) % (ulong)(size - 1)) + 1)];
        ulong[] next = new ulong[sorted.Length];
        double[] targets = new double[sorted.Length];
        int[] table = new int[size];
        Array.Fill(table, -1);
        int taken = 0;
        for (long round = 1; taken < size; round++)
        {
            for (int i = 0; i < sorted.Length && taken < size; i++)
            {
                // The heaviest takes a slot each round, one of a third of its weight every third.
                if (round * sorted[i].Weight < targets[i])
                {
                    continue;
                }

                targets[i] += heaviest;
                ulong slot = (offsets[i] + (skips[i] * next[i]++)) % (ulong)size;
                while (table[slot] >= 0)
                {
                    slot = (offsets[i] + (skips[i] * next[i]++)) % (ulong)size;
                }

                table[slot] = sorted[i].Index;
                taken++;
            }
        }

        return new Maglev(table);
    }

    public override int Find(ulong hash) => (int)(hash % (ulong)_owners.Length);

    // Flipping the high bits moves a further attempt far away; the next slot may well be of the same endpoint.
    public override int Find(ulong hash, int attempt) =>
        Find(attempt == 0 ? hash : hash ^ unchecked(~0UL - (ulong)attempt + 1));

    public override int OwnerAt(int position) => _owners[position];

    public override int Next(int position) => position + 1 == _owners.Length ? 0 : position + 1;
}
