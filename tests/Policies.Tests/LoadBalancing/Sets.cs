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
}
