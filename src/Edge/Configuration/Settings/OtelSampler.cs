namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>Samplers of OpenTelemetry (<c>OTEL_TRACES_SAMPLER</c>).</summary>
public enum OtelSampler
{
    /// <summary>Everything.</summary>
    AlwaysOn,

    /// <summary>Nothing.</summary>
    AlwaysOff,

    /// <summary>A share, drawn by the trace's id.</summary>
    Ratio,

    /// <summary>What the caller decided, else everything.</summary>
    ParentOrAlwaysOn,

    /// <summary>What the caller decided, else nothing.</summary>
    ParentOrAlwaysOff,

    /// <summary>What the caller decided, else a share.</summary>
    ParentOrRatio,
}
