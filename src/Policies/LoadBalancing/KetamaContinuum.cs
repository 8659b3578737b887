using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>One configured target of a continuum with the addresses known of it.</summary>
/// <param name="Name">Host of the target as configured, without port.</param>
/// <param name="Port">Port of the target as configured.</param>
/// <param name="Addresses">Its addresses; none while its name has no answer.</param>
public sealed record ContinuumTarget(string Name, int Port, IReadOnlyList<ContinuumAddress> Addresses);

/// <summary>One address of a target.</summary>
/// <param name="Ip">Address as text without port or brackets, or the host of an SRV record.</param>
/// <param name="Port">Port.</param>
/// <param name="Weight">Weight, not negative.</param>
/// <param name="Index">Position of its endpoint in the set.</param>
public readonly record struct ContinuumAddress(string Ip, int Port, int Weight, int Index);

/// <summary>
/// Kong's continuum (<c>kong/runloop/balancer/consistent_hashing.lua</c>): every address takes 160 points, scaled by its share of the weight, in
/// a circle of slots; a key belongs to the nearest point at or below its slot. Points sit exactly where Kong puts them, so keys keep
/// their target when one replaces the other. Immutable, thread-safe.
/// </summary>
public sealed class KetamaContinuum : HashPlacement
{
    private const int PointsPerTarget = 160;
    private const int SmallestCircle = 1000;

    // Kong's smallest circle is also what it uses when fewer slots are configured.
    private readonly int[] _entryOf;
    private readonly int[] _owners;

    private KetamaContinuum(int[] entryOf, int[] owners)
    {
        _entryOf = entryOf;
        _owners = owners;
    }

    public override int Count => _owners.Length;

    /// <summary>Slots of the circle.</summary>
    public int Slots => _entryOf.Length;

    /// <summary>Places the addresses in Kong's order: targets by name and port, their addresses by text.</summary>
    /// <param name="targets">Every configured target, also those without address: their number scales the points.</param>
    /// <param name="slots">Slots of the circle; below 1000 counts as 1000.</param>
    public static KetamaContinuum Build(IReadOnlyList<ContinuumTarget> targets, int slots)
    {
        ArgumentNullException.ThrowIfNull(targets);
        int size = slots < SmallestCircle ? SmallestCircle : slots;
        int[] circle = new int[size];
        Array.Fill(circle, -1);
        long total = targets.Sum(static target => target.Addresses.Sum(static address => (long)address.Weight));
        foreach (ContinuumTarget target in targets
            .OrderBy(static target => target.Name, StringComparer.Ordinal).ThenBy(static target => target.Port))
        {
            foreach (ContinuumAddress address in target.Addresses.OrderBy(
                static address => string.Create(CultureInfo.InvariantCulture, $"{address.Ip}:{address.Port}"), StringComparer.Ordinal))
            {
                if (!Place(circle, address, Points(address.Weight, total, targets.Count)))
                {
                    // More points than slots: Kong gives up here, and so do we with what has been placed.
                    return Compact(circle);
                }
            }
        }

        return Compact(circle);
    }

    public override int Find(ulong hash) => _entryOf[hash % (ulong)_entryOf.Length];

    public override int OwnerAt(int position) => _owners[position];

    public override int Next(int position) => position == 0 ? _owners.Length - 1 : position - 1;

    private static int Points(int weight, long total, int targets)
    {
        if (weight == 0)
        {
            return 0;
        }

        // In Kong's order of operations, so that rounding agrees.
        double share = weight / (double)total;
        return Math.Max(1, (int)Math.Floor(share * targets * PointsPerTarget));
    }

    // A point whose slot is taken moves on: one more name is tried instead.
    private static bool Place(int[] circle, ContinuumAddress address, int points)
    {
        for (int i = 1; i <= points; i++)
        {
            // Kong joins the address and ":port" by a colon of its own.
            string name = string.Create(CultureInfo.InvariantCulture, $"{address.Ip}::{address.Port} {i}");
            int slot = (int)(XxHash32.Compute(Encoding.UTF8.GetBytes(name)) % (uint)circle.Length);
            if (circle[slot] < 0)
            {
                circle[slot] = address.Index;
            }
            else
            {
                points++;
            }

            if (i >= circle.Length)
            {
                return false;
            }
        }

        return true;
    }

    private static KetamaContinuum Compact(int[] circle)
    {
        List<int> owners = [];
        int[] entryOf = new int[circle.Length];
        for (int slot = 0; slot < circle.Length; slot++)
        {
            if (circle[slot] >= 0)
            {
                owners.Add(circle[slot]);
            }

            entryOf[slot] = owners.Count - 1;
        }

        // Slots below the first point wrap around to the last.
        for (int slot = 0; slot < entryOf.Length && entryOf[slot] < 0; slot++)
        {
            entryOf[slot] = Math.Max(0, owners.Count - 1);
        }

        return new KetamaContinuum(entryOf, [.. owners]);
    }
}
