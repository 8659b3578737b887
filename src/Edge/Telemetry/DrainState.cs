namespace VoltageSoda.Edge.Telemetry;

/// <summary>The life of the process as <c>edge_drain_state</c> shows it.</summary>
public enum DrainState
{
    /// <summary>Serving.</summary>
    Running = 0,

    /// <summary>Not ready any more, still accepting while load balancers react.</summary>
    Announced = 1,

    /// <summary>Listeners closed; what is in flight is finished.</summary>
    Draining = 2,

    /// <summary>Over the drain deadline, or done.</summary>
    Stopped = 3,
}
