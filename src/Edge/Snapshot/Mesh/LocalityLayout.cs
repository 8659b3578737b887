using System.Collections.Immutable;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// Priorities and weights of endpoints by where they are (<c>istio: pilot/pkg/networking/core/loadbalancer/loadbalancer.go</c>). Immutable, thread-safe.
/// </summary>
/// <param name="plain">What holds beside places.</param>
/// <param name="settings">The host's settings, else the mesh's; null where localities do not count.</param>
/// <param name="own">Where the edge is.</param>
/// <param name="labels">Labels of the edge, those of its place included.</param>
/// <param name="ejects">Whether endpoints are ejected: without that a lower priority would never be reached.</param>
internal sealed class LocalityLayout(EndpointLayout plain, LocalitySettings? settings, MeshLocality own, LabelSet labels, bool ejects)
{
    /// <summary>The settings that hold: the host's as a whole, else the mesh's; null when switched off.</summary>
    public static LocalitySettings? Effective(LocalitySettings? host, LocalitySettings? mesh)
    {
        // Localities count by default in the mesh.
        LocalitySettings? holds = host ?? mesh ?? new LocalitySettings { Span = default };
        return holds.Enabled == false ? null : holds;
    }

    /// <summary>The layout of these endpoints.</summary>
    /// <param name="members">The member of each endpoint of the set, in its order.</param>
    public EndpointLayout Of(IReadOnlyList<MeshMember> members)
    {
        if (settings is null || members.Count == 0)
        {
            return plain;
        }

        if (settings.Distribute.Count != 0)
        {
            return Distributed(members);
        }

        if (!ejects)
        {
            return plain;
        }

        int[] priorities = Compact([.. members.Select(Priority)]);
        if (settings.Failover.Count == 0 && settings.FailoverPriority.Count == 0)
        {
            return priorities.Max() == 0 ? plain : plain with { Priorities = [.. priorities] };
        }

        // Asked for by name, localities of one priority share its requests by their weight.
        List<(int Priority, MeshLocality Locality)> places = [.. members.Select((member, i) => (priorities[i], member.Locality)).Distinct()];
        ImmutableArray<int> localities = [.. members.Select((member, i) => places.IndexOf((priorities[i], member.Locality)))];
        return plain with
        {
            Priorities = priorities.Max() == 0 ? [] : [.. priorities],
            Localities = localities,
            LocalityWeights = [.. places.Select((_, place) => members.Where((_, i) => localities[i] == place).Sum(static member => member.Weight))],
        };
    }

    private EndpointLayout Distributed(IReadOnlyList<MeshMember> members)
    {
        List<MeshLocality> places = [.. members.Select(static member => member.Locality).Distinct()];
        int[] weights = [.. places.Select(place => members.Where(member => member.Locality == place).Sum(static member => member.Weight))];
        if (settings!.Distribute.FirstOrDefault(entry => own.Matches(entry.From)) is { } rule)
        {
            HashSet<int> left = [.. Enumerable.Range(0, places.Count)];
            foreach ((string to, int weight) in rule.To)
            {
                int[] matched = [.. left.Where(place => places[place].Matches(to))];
                double sum = matched.Sum(place => (long)weights[place]);
                left.ExceptWith(matched);
                foreach (int place in matched)
                {
                    weights[place] = sum == 0 ? 0 : (int)Math.Ceiling(weights[place] * (double)weight / sum);
                }
            }

            foreach (int place in left)
            {
                weights[place] = 0;
            }
        }

        // A place that is not listed gets nothing, also when it is the only one.
        ImmutableArray<int> localities = [.. members.Select(member => places.IndexOf(member.Locality))];
        return plain with { Localities = localities, LocalityWeights = weights.Length == 1 ? [weights[0], 0] : [.. weights] };
    }

    private int Priority(MeshMember member)
    {
        int priority = 0;
        if (settings!.FailoverPriority.Count != 0)
        {
            priority = ByLabels(member);
            if (settings.Failover.Count == 0)
            {
                return priority;
            }
        }

        // A slice tells the zone alone; its cluster is not spread over regions.
        MeshLocality place = member.Locality;
        place = string.IsNullOrEmpty(place.Region) && !string.IsNullOrEmpty(place.Zone) ? place with { Region = own.Region } : place;
        int distance = own.DistanceTo(place);
        if (distance == 3
            && settings.Failover.FirstOrDefault(entry => entry.From == (own.Region ?? "")) is { } failover
            && failover.To != (place.Region ?? ""))
        {
            distance = 4;
        }

        return (priority * 5) + distance;
    }

    // The number of leading labels that agree decides; one may be compared with a value of its own.
    private int ByLabels(MeshMember member)
    {
        for (int i = 0; i < settings!.FailoverPriority.Count; i++)
        {
            string[] parts = settings.FailoverPriority[i].Split('=');
            string wanted = parts.Length == 2 ? parts[1] : labels[parts[0]] ?? "";
            if (wanted != (member.Labels[parts[0]] ?? ""))
            {
                return settings.FailoverPriority.Count - i;
            }
        }

        return 0;
    }

    private static int[] Compact(int[] priorities)
    {
        int[] distinct = [.. priorities.Distinct().Order()];
        return [.. priorities.Select(priority => Array.IndexOf(distinct, priority))];
    }
}
