using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>One try at one endpoint. A plain value inside its record.</summary>
internal struct SpanTry
{
    public ulong SpanId;

    /// <summary>Microseconds of <see cref="SpanClock"/>.</summary>
    public long Started;

    /// <summary>0 while it goes on.</summary>
    public long Ended;

    /// <summary>No address for an endpoint that is none of IP.</summary>
    public ClientAddress Address;

    public int Port;

    /// <summary>Status that the failure of the try means; 0 when it did not fail.</summary>
    public int FailedStatus;
}
