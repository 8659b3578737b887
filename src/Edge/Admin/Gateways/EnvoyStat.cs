namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>What a statistic is about.</summary>
internal enum StatScope
{
    /// <summary><c>cluster.NAME.</c></summary>
    Cluster,

    /// <summary><c>http.PREFIX;.</c>: requests of a listener.</summary>
    Http,

    /// <summary><c>listener.ADDRESS.</c></summary>
    Listener,

    /// <summary>The process: nothing stands before its name.</summary>
    Server,
}

/// <summary>One number by Envoy's name.</summary>
/// <param name="Scope">What it is about.</param>
/// <param name="Of">Which one of these; empty for the process.</param>
/// <param name="Name">Name behind the scope.</param>
/// <param name="Value">The number.</param>
/// <param name="IsGauge">Whether it may fall.</param>
internal readonly record struct EnvoyStat(StatScope Scope, string Of, string Name, long Value, bool IsGauge)
{
    /// <summary>As <c>/stats</c> writes it.</summary>
    public string FullName => StatNames.Prefix(Scope, Of) + Name;
}

/// <summary>One histogram by Envoy's name; slots as <see cref="Telemetry.EnvoyBuckets"/> has them.</summary>
internal readonly record struct EnvoyHistogram(StatScope Scope, string Of, string Name, long[] Slots)
{
    public string FullName => StatNames.Prefix(Scope, Of) + Name;

    public long Count => Slots.AsSpan(0, Telemetry.EnvoyBuckets.Names.Length).ToArray().Sum();
}
