using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Upstream;

/// <summary>What the pools of one event loop need of it. Immutable.</summary>
/// <param name="Transport">Opens connections.</param>
/// <param name="Loop">Where they live.</param>
/// <param name="Settings">Settings of its pools.</param>
internal sealed record UpstreamLoop(ITransport Transport, EventLoop Loop, PoolSettings Settings)
{
    /// <summary>Counters of the loop.</summary>
    public required Telemetry.LoopMetrics Metrics { get; init; }
}
