namespace VoltageSoda.Edge.Upstream.Health;

/// <summary>
/// Health of the upstreams in force, and the operator's switch for single targets (Kong: <c>/upstreams/{u}/health</c> and
/// <c>PUT …/targets/{t}/healthy</c>). Thread-safe; never called from a loop. Answers describe the configuration in force at the call.
/// </summary>
public interface IUpstreamHealth
{
    /// <summary>Every upstream, also those that no service uses, in order of declaration.</summary>
    IReadOnlyList<UpstreamHealthView> Upstreams();

    /// <summary>One upstream by name or id, or null.</summary>
    UpstreamHealthView? Find(string nameOrId);

    /// <summary>
    /// Sets every address of a target, or one of them, healthy or unhealthy and clears its counters. Active checks judge on from there.
    /// </summary>
    /// <param name="upstream">Name or id.</param>
    /// <param name="target">Id, or <c>host:port</c> as configured (the port may be left out when it is 8000).</param>
    /// <param name="address"><c>ip:port</c> or <c>ip</c> of one address; null for all of them.</param>
    /// <param name="healthy">The state to set.</param>
    HealthSwitch SetHealth(string upstream, string target, string? address, bool healthy);
}

/// <summary>What a switch did.</summary>
public enum HealthSwitch
{
    /// <summary>Done: 204.</summary>
    Done,

    /// <summary>No such upstream: 404.</summary>
    UnknownUpstream,

    /// <summary>The upstream has no such target: 404.</summary>
    UnknownTarget,

    /// <summary>The target has no such address: Kong ignores that and answers 204.</summary>
    UnknownAddress,

    /// <summary>The upstream has no health checks, so there is nothing to switch: Kong answers 400 "no healthchecker found for NAME".</summary>
    ChecksOff,
}
