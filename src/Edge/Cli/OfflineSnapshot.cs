using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Mesh;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Hosting;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Cli;

/// <summary>
/// A configuration compiled by the serving compiler with state of its own: nothing is bound, no name is looked up, and no counter of a
/// serving edge can move. Dispose it to end the look-ups that a user of its clusters began. Not thread-safe.
/// </summary>
internal sealed class OfflineSnapshot : IDisposable
{
    public OfflineSnapshot(EdgeSettings settings, KongModel model, string hash, MeshModel? mesh = null)
    {
        Options = ServingOptionsReader.Read(settings);
        GatewayOptions = ServingOptionsReader.Read(settings, ListenerDialect.Istio);
        Metrics = new EdgeMetrics(new MetricsOptions { Loops = 1, ProtocolErrorKinds = WireErrorReasons.Names });
        StateRegistry registry = new(Metrics, loops: 1);
        SnapshotCompiler compiler = new(
            registry, Metrics, Options, loops: 1, TracePlanner.Offline, gateways: MeshOptionsReader.Read(settings));
        Compiled = compiler.Compile(model, hash, settings.Sources.Mode == ConfigMode.Strict, mesh);
    }

    /// <summary>What holds on Kong's listeners.</summary>
    public ServingOptions Options { get; }

    /// <summary>What holds on Gateway listeners.</summary>
    public ServingOptions GatewayOptions { get; }

    public EdgeMetrics Metrics { get; }

    public CompiledSnapshot Compiled { get; }

    /// <summary>A worker on the first loop of a transport, for one request of either dialect.</summary>
    public EdgeWorker Worker(ITransport transport, TimeProvider time) =>
        new(transport, transport.Loops[0], Metrics.Loop(0), new SnapshotHolder(Compiled.Snapshot), new ServingState(), Options, time)
        {
            GatewayOptions = GatewayOptions,
        };

    public void Dispose() => Compiled.Dispose();
}
