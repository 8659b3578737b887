using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.LoadBalancing;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

/// <summary>Endpoint sets for tests of balancers.</summary>
internal static class Sets
{
    public static EndpointSet Of(params int[] weights) =>
        new([.. weights.Select(static (_, i) => new Endpoint($"10.0.0.{i}:80", "host"))], [.. weights]);

    /// <summary>Targets 10.0.0.1:1, 10.0.0.2:2, ... with one address each.</summary>
    public static EndpointSet Hashed(int slots, params int[] weights)
    {
        ContinuumTarget[] targets = [.. weights.Select(static (weight, i) =>
            new ContinuumTarget($"10.0.0.{i + 1}", i + 1, [new ContinuumAddress($"10.0.0.{i + 1}", i + 1, weight, i)]))];
        return new EndpointSet(
            [.. weights.Select(static (_, i) => new Endpoint($"10.0.0.{i + 1}:{i + 1}", "host"))], [.. weights], 0, KetamaContinuum.Build(targets, slots));
    }

    /// <summary>A set of the mesh at 127.0.0.1:90, 127.0.0.1:91, ... as Envoy's tests have them.</summary>
    public static EndpointSet Mesh(EndpointLayout layout, params int[] weights) => new(
        [.. weights.Select(static (_, i) => new Endpoint($"127.0.0.1:{90 + i}", "host"))], [.. weights], layout);

    /// <summary>That many endpoints of the same weight.</summary>
    public static EndpointSet Equal(int count, EndpointLayout? layout = null) =>
        Mesh(layout ?? EndpointLayout.Plain, [.. Enumerable.Repeat(1, count)]);

    /// <summary>How often each endpoint is picked.</summary>
    public static int[] Count(ILoadBalancer balancer, EndpointSet set, int picks, int seed = 1, long now = 0)
    {
        Random random = new(seed);
        int[] counts = new int[set.Endpoints.Length];
        for (int i = 0; i < picks; i++)
        {
            PickResult pick = balancer.Pick(set, new PickQuery { Random = (ulong)random.NextInt64(long.MinValue, long.MaxValue), Now = now });
            Assert.Same(set.Endpoints[pick.Index], pick.Endpoint);
            counts[pick.Index]++;
        }

        return counts;
    }

    /// <summary>(max - min) / mean.</summary>
    public static double Spread(IReadOnlyCollection<int> counts) => (counts.Max() - counts.Min()) / counts.Average();

    public static EndpointSet Without(this EndpointSet set, params int[] unhealthy) =>
        unhealthy.Aggregate(set, static (current, index) => current.WithHealth(index, healthy: false));

    public static ImmutableArray<int> Ints(params int[] values) => [.. values];
}
