namespace VoltageSoda.Edge.Telemetry;

/// <summary>Sizes and label names of <see cref="EdgeMetrics"/>, fixed at start.</summary>
public sealed class MetricsOptions
{
    /// <summary>Event loops of the process, at least 1. Loop ids are 0 to Loops-1.</summary>
    public required int Loops { get; init; }

    /// <summary>
    /// Label text per protocol error kind, indexed by the number handed to <see cref="LoopMetrics.ProtocolError"/>
    /// (the wire error enum of the codecs). An empty name is a kind that is never counted.
    /// </summary>
    public required IReadOnlyList<string> ProtocolErrorKinds { get; init; }

    /// <summary>Clock of the time for which series of removed routes are still shown.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Most (service, route) pairs with series of their own; later ones share one pair labelled <c>overflow</c>.</summary>
    public int MaxRoutes { get; init; } = 20_000;

    /// <summary>Most consumers with a label of their own; later ones share the label <c>overflow</c>.</summary>
    public int MaxConsumers { get; init; } = 10_000;

    /// <summary>Most distinct label sets of request and bandwidth counters in the process; later ones fall into an overflow series per route.</summary>
    public int MaxSeries { get; init; } = 100_000;
}
