using System.Text;
using VoltageSoda.Edge.Policies.Routing.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>The routes of one host pattern on one server. Immutable, thread-safe.</summary>
internal sealed class VirtualHostPlan
{
    /// <summary>Envoy's name: <c>domain:port</c>.</summary>
    public required string Name
    {
        get;
        init
        {
            field = value;
            NameUtf8 = Encoding.UTF8.GetBytes(value);
        }
    }

    public byte[] NameUtf8 { get; private init; } = [];

    /// <summary>The pattern: a name, <c>*.suffix</c> or <c>*</c>.</summary>
    public required string Domain { get; init; }

    /// <summary>
    /// <c>httpsRedirect</c>: a request that did not come by https is answered 301
    /// (<see cref="RedirectAction.WriteHttpsLocation"/>), whatever its route.
    /// </summary>
    public required bool RequiresTls { get; init; }

    /// <summary>The routes in order; none answers 404 with flag NR.</summary>
    public required OrderedRouteTable<MeshRoutePlan> Routes { get; init; }

    /// <summary>Rules that never match, for explain.</summary>
    public required IReadOnlyList<DeadRoute> Dead { get; init; }
}
