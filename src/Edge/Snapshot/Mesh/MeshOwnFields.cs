using System.Text;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>
/// What a Gateway listener says of itself in the heads that it sends (<c>meshConfig.defaultConfig.proxyHeaders</c>;
/// <c>istio: pilot/pkg/networking/core/gateway.go</c>). Immutable.
/// </summary>
internal sealed record MeshOwnFields
{
    /// <summary>Everything, as Istio by default.</summary>
    public static MeshOwnFields All { get; } = new();

    /// <summary>Value of <c>server</c> in every answer; empty passes an upstream's on and adds none.</summary>
    public ReadOnlyMemory<byte> Server { get; init; } = "istio-envoy"u8.ToArray();

    /// <summary><c>x-request-id</c>.</summary>
    public bool RequestId { get; init; } = true;

    /// <summary><c>x-envoy-attempt-count</c>.</summary>
    public bool AttemptCount { get; init; } = true;

    /// <summary>
    /// <c>x-envoy-upstream-service-time</c>, <c>x-envoy-overloaded</c>, <c>x-envoy-expected-rq-timeout-ms</c>, <c>x-envoy-original-path</c> (Envoy:
    /// <c>suppress_envoy_headers</c>).
    /// </summary>
    public bool Debug { get; init; } = true;

    /// <summary>What a mesh configures.</summary>
    public static MeshOwnFields Of(ProxyConfig proxy) => new()
    {
        Server = proxy.ServerHeaderDisabled ? default : proxy.ServerHeader is { Length: > 0 } server ? Encoding.UTF8.GetBytes(server) : All.Server,
        RequestId = !proxy.RequestIdDisabled,
        AttemptCount = !proxy.AttemptCountDisabled,
        Debug = !proxy.EnvoyDebugHeadersDisabled,
    };
}
