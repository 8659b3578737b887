using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Admin;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.Queues;
using VoltageSoda.Edge.Upstream;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// Compiles configurations aside and publishes them, one at a time: the names of a new one are answered before it replaces the old, and
/// what only the old one used is drained afterwards. Thread-safe.
/// </summary>
internal sealed class Configurator(
    SnapshotCompiler compiler,
    SnapshotHolder holder,
    StateRegistry registry,
    NameResolver resolver,
    BatchQueues queues,
    ActiveChecks checks,
    EdgeMetrics metrics,
    ILogger log,
    ConfigMode mode,
    TimeProvider time) : IDisposable
{
    private static readonly TimeSpan ReloadNameWait = TimeSpan.FromSeconds(2);

    /// <summary>How a reload that does not wait ended.</summary>
    public enum Attempt
    {
        Published,
        Refused,
        Busy,

        /// <summary>An error, not a finding, kept it from being published.</summary>
        Failed,
    }

    private readonly SemaphoreSlim _one = new(1, 1);
    private CompiledSnapshot? _current;
    private MeshModel? _mesh;

    // The Kong configuration in force came over the Admin API; read and written by the one who publishes.
    private bool _isPosted;
    private PublishedConfiguration _published = PublishedConfiguration.None;

    /// <summary>Told of a snapshot before exchanges see it; set once, before the first.</summary>
    public Action<EdgeSnapshot>? Publishing { get; set; }

    /// <summary>Told of a snapshot when exchanges see it; set once, before the first.</summary>
    public Func<EdgeSnapshot, Task>? PublishedAsync { get; set; }

    /// <summary>What is published; null before the first.</summary>
    public CompiledSnapshot? Current => Volatile.Read(ref _current);

    /// <summary>What is in force, as the Admin API shows it.</summary>
    public PublishedConfiguration Published => Volatile.Read(ref _published);

    /// <summary>The model behind <see cref="Current"/>.</summary>
    public KongModel Model => Published.Model;

    /// <summary>Publishes a load result; a refused one keeps what is in force and says so.</summary>
    public async Task ReloadAsync(LoadResult loaded)
    {
        if (Accepts(loaded) is not { } model)
        {
            return;
        }

        await _one.WaitAsync();
        try
        {
            // Files that hold no Kong document say nothing about the one that was posted.
            bool keepsPosted = loaded.Model is null && _isPosted;
            await CompileAndPublishAsync(keepsPosted ? Published.Model : model, keepsPosted ? Published.Hash : loaded.Hash, ReloadNameWait, loaded.Mesh);
            _isPosted = keepsPosted;
        }
        catch (Exception exception)
        {
            Failed(exception);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Counts and tells a reload that an error ended; what is in force stays.</summary>
    public void Failed(Exception exception)
    {
        metrics.Reloaded(published: false);
        Log.ReloadFailed(log, exception);
    }

    /// <summary>
    /// Publishes a Kong configuration that was posted, beside the mesh that is in force; <see cref="Attempt.Busy"/> when another publication is
    /// under way and this one would have to wait.
    /// </summary>
    public async Task<(Attempt Attempt, PublishedConfiguration? Published)> TryReloadAsync(LoadResult loaded)
    {
        if (Accepts(loaded) is not { } model)
        {
            return (Attempt.Refused, null);
        }

        if (!await _one.WaitAsync(TimeSpan.Zero))
        {
            return (Attempt.Busy, null);
        }

        try
        {
            PublishedConfiguration published = await CompileAndPublishAsync(model, loaded.Hash, ReloadNameWait, _mesh);
            _isPosted = true;
            return (Attempt.Published, published);
        }
        catch (Exception exception)
        {
            Failed(exception);
            return (Attempt.Failed, null);
        }
        finally
        {
            _one.Release();
        }
    }

    private KongModel? Accepts(LoadResult loaded)
    {
        foreach (ConfigDiagnostic finding in loaded.Findings)
        {
            if (finding.Severity != DiagnosticSeverity.Info)
            {
                // What keeps a document out has to be seen at the level of the sentence that says so.
                Log.ConfigurationFinding(
                    log, finding.Severity == DiagnosticSeverity.Error ? LogLevel.Error : LogLevel.Warning, finding.ToString());
            }
        }

        if (loaded.Refused || (loaded.Model ?? (loaded.Mesh is null ? null : KongModel.Empty)) is not { } model)
        {
            metrics.Reloaded(published: false);
            if (loaded.Refused)
            {
                Log.ConfigurationRefused(log, loaded.Findings.Count(static finding => finding.Severity == DiagnosticSeverity.Error));
            }
            else
            {
                Log.ConfigurationEmpty(log);
            }

            return null;
        }

        return model;
    }

    /// <summary>Compiles and publishes; waits at most <paramref name="nameWait"/> for names, whose answers otherwise arrive later.</summary>
    public async Task PublishAsync(KongModel model, string hash, TimeSpan nameWait, MeshModel? mesh = null)
    {
        await _one.WaitAsync();
        try
        {
            await CompileAndPublishAsync(model, hash, nameWait, mesh);
        }
        finally
        {
            _one.Release();
        }
    }

    // Drains endpoints that neither the configuration nor its names mention any more.
    private void Retire(CompiledSnapshot current)
    {
        registry.Retire(current.Clusters.Select(static builder => builder.Cluster).ToHashSet(), current.Quotas);
        queues.Retire(current.Scopes);
    }

    private async Task<PublishedConfiguration> CompileAndPublishAsync(KongModel model, string hash, TimeSpan nameWait, MeshModel? mesh)
    {
        CompiledSnapshot next = compiler.Compile(model, hash, mode == ConfigMode.Strict, mesh);
        Task names = Task.WhenAll(next.Clusters.Select(cluster => cluster.Start(resolver)));
        await Task.WhenAny(names, Task.Delay(nameWait));
        Publishing?.Invoke(next.Snapshot);
        holder.Publish(next.Snapshot);
        metrics.CommitGeneration();
        _mesh = mesh;
        CompiledSnapshot? previous = _current;
        Volatile.Write(ref _current, next);
        PublishedConfiguration published = new(model, hash, time.GetUtcNow());
        Volatile.Write(ref _published, published);
        previous?.Dispose();
        foreach (ClusterBuilder cluster in next.Clusters)
        {
            cluster.Claim();
            cluster.StartChecks(checks);
        }

        if (PublishedAsync is { } told)
        {
            await told(next.Snapshot);
        }

        Retire(next);
        metrics.Reloaded(published: true);
        Log.ConfigurationPublished(log, hash);
        return published;
    }

    public void Dispose()
    {
        _current?.Dispose();
        _one.Dispose();
    }
}
