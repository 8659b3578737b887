using VoltageSoda.Edge.Policies.Tracing;

namespace VoltageSoda.Edge.Policies.Tests.Tracing;

/// <summary>Gives a first draw and then the numbers behind a start: ids that a test can name.</summary>
internal struct CountingRandom(ulong start) : ITraceRandom
{
    private ulong _next = start;

    public ulong Next() => _next++;
}
