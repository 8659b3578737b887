using VoltageSoda.Edge.Cli.Explain.Mesh;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>
/// Takes a request through the data plane's own steps — read, match, admit, prepare — on an exchange that has no connection, and stops
/// before the first attempt. Nothing is decided here, so an explanation cannot drift from what is served. Nothing is sent, and every
/// explanation compiles the configuration anew with state of its own, so that no counter moves. Thread-safe.
/// </summary>
internal sealed class Explainer : IAsyncDisposable
{
    private readonly EdgeSettings _settings;
    private readonly KongModel _model;
    private readonly MeshModel? _mesh;
    private readonly bool _hasKong;
    private readonly string _hash;
    private readonly IReadOnlyList<ListenAddress> _listeners;
    private readonly NameResolver _resolver;
    private readonly TimeSpan _nameWait;
    private readonly TimeProvider _time;
    private readonly ITransport _transport;

    /// <param name="settings">Settings of the edge.</param>
    /// <param name="loaded">A configuration that was not refused; without a document nothing has a route.</param>
    /// <param name="resolver">Looks up the names of the upstream that is chosen; stays the caller's.</param>
    /// <param name="nameWait">How long an explanation waits for them.</param>
    /// <param name="time">The time that tokens are judged by.</param>
    public Explainer(EdgeSettings settings, LoadResult loaded, NameResolver resolver, TimeSpan nameWait, TimeProvider time)
    {
        _settings = settings;
        _model = loaded.Model ?? KongModel.Empty;
        _mesh = loaded.Mesh;
        _hasKong = loaded.Model is not null;
        _hash = loaded.Hash;
        bool kongDocument = loaded.Model is not null;
        _listeners = settings.Listeners.Proxy(kongDocument, kongDocument || loaded.Files.Count != 0);
        _resolver = resolver;
        _nameWait = nameWait;
        _time = time;
        _transport = TransportProbe.Create(TransportKind.Sockets, new TransportOptions { LoopCount = 1 });
    }

    public async Task<Explanation> ExplainAsync(RequestLine request)
    {
        using OfflineSnapshot offline = new(_settings, _model, _hash, _mesh);
        if (GatewayChoice.Of(request, offline.Compiled.Snapshot.Mesh, _listeners, _hasKong) is { } choice)
        {
            return await ExplainAsync(new MeshRehearsal(offline, request, choice, _transport, _time), offline);
        }

        Rehearsal rehearsal = new(offline, request, ListenerChoice.Of(request, _listeners), _transport, _time);
        Explanation explanation = await OnLoopAsync(rehearsal.Run);
        if (rehearsal.Cluster is { } cluster)
        {
            await Task.WhenAny(cluster.Start(_resolver), Task.Delay(_nameWait));
            explanation = UpstreamReasons.Complete(explanation, cluster, _model);
        }

        return explanation.Listener.IsBound
            ? explanation
            : explanation with { Outcome = new ExplainedOutcome(OutcomeKind.NotServed, null, null, null, []) };
    }

    private async Task<Explanation> ExplainAsync(MeshRehearsal rehearsal, OfflineSnapshot offline)
    {
        Explanation explanation = await OnLoopAsync(rehearsal.Run);
        ClusterBuilder[] clusters =
        [
            .. offline.Compiled.Clusters.Where(builder => rehearsal.Clusters.Any(plan => ReferenceEquals(plan.Cluster, builder.Cluster))),
        ];
        if (clusters.Length > 0)
        {
            await Task.WhenAny(Task.WhenAll(clusters.Select(cluster => cluster.Start(_resolver))), Task.Delay(_nameWait));
        }

        return explanation with { Gateway = DestinationWords.Complete(explanation.Gateway!, rehearsal.Clusters) };
    }

    private Task<Explanation> OnLoopAsync(Func<Explanation> run)
    {
        TaskCompletionSource<Explanation> decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _transport.Loops[0].Post(
            _ =>
            {
                try
                {
                    decided.SetResult(run());
                }
                catch (Exception exception)
                {
                    // A bug of a step belongs to the caller, not to the loop.
                    decided.SetException(exception);
                }
            },
            null);
        return decided.Task;
    }

    public ValueTask DisposeAsync() => _transport.DisposeAsync();
}
