using System.Net;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Upstream.Health;

/// <summary>An endpoint to probe.</summary>
/// <param name="Endpoint">Whose health is judged.</param>
/// <param name="Address">Where to connect.</param>
/// <param name="HostName">Name of its target: Host field and certificate name.</param>
internal sealed record ProbeTarget(UpstreamEndpoint Endpoint, IPEndPoint Address, string HostName);

/// <summary>
/// The active checks of one cluster: keeps the due times of its targets, at most so many probes at a time, and reports what they find. Runs on
/// the thread pool, woken by one timer. Thread-safe; nothing starts after <see cref="Dispose"/>.
/// </summary>
internal sealed class Prober : IThreadPoolWorkItem, IDisposable
{
    private readonly Cluster _cluster;
    private readonly ClusterHealth _health;
    private readonly ProbeRequest _request;
    private readonly ProbeClient _client;
    private readonly ProbeSchedule _schedule;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stop = new();

    // Guards the fields below; never held around a probe.
    private readonly Lock _gate = new();
    private readonly Random _random;
    private List<Entry> _entries = [];
    private int _running;
    private bool _disposed;

    public Prober(Cluster cluster, ClusterHealth health, ProbeRequest request, ProbeClient client, TimeProvider time, Random random, ILogger log)
    {
        _cluster = cluster;
        _health = health;
        _request = request;
        _client = client;
        _time = time;
        _random = random;
        _log = log;
        _schedule = new ProbeSchedule(
            (long)health.Checks.Active.HealthyInterval.TotalMilliseconds, (long)health.Checks.Active.UnhealthyInterval.TotalMilliseconds);
        _timer = time.CreateTimer(static self => ((Prober)self!).Run(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Replaces the targets; what is known of those that stay is kept.</summary>
    public void SetTargets(IReadOnlyList<ProbeTarget> targets)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            Dictionary<UpstreamEndpoint, Entry> known = _entries.ToDictionary(static entry => entry.Target.Endpoint);
            long now = Now();
            _entries = [.. targets.Select(target => known.GetValueOrDefault(target.Endpoint) ?? NewEntry(target, now))];
        }

        Run();
    }

    /// <summary>Looks at the due times again, because the health of a target changed. Any thread; returns at once.</summary>
    public void Wake() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute() => Run();

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _timer.Dispose();
        }

        _stop.Cancel();
    }

    private Entry NewEntry(ProbeTarget target, long now)
    {
        bool healthy = target.Endpoint.Policy.Health.IsHealthy;
        double random = _random.NextDouble();
        return new Entry(target)
        {
            WasHealthy = healthy,
            DueAt = target.Endpoint.ProbedAt is > 0 and long last ? _schedule.Next(healthy, last, random) : _schedule.First(healthy, now, random),
        };
    }

    // Starts what is due and sets the timer for what is not.
    private void Run()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            long now = Now();
            long next = ProbeSchedule.Never;
            foreach (Entry entry in _entries)
            {
                if (entry.IsRunning)
                {
                    continue;
                }

                bool healthy = entry.Target.Endpoint.Policy.Health.IsHealthy;
                if (healthy != entry.WasHealthy)
                {
                    entry.WasHealthy = healthy;
                    entry.DueAt = _schedule.Next(healthy, now, _random.NextDouble());
                }

                if (entry.DueAt > now)
                {
                    next = Math.Min(next, entry.DueAt);
                }
                else if (_running < _health.Checks.Active.Concurrency)
                {
                    _running++;
                    entry.IsRunning = true;
                    _ = ProbeAsync(entry);
                }
            }

            _timer.Change(next == ProbeSchedule.Never ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(next - now), Timeout.InfiniteTimeSpan);
        }
    }

    private async Task ProbeAsync(Entry entry)
    {
        try
        {
            await Task.Yield();
            ProbeOutcome outcome = await _client.ProbeAsync(_request, entry.Target.Address, entry.Target.HostName, _stop.Token);
            Report(entry.Target.Endpoint, outcome);
        }
        catch (OperationCanceledException)
        {
            return;
        }
#pragma warning disable CA1031 // A fault in one probe must not end the checking of its target: it counts as a failed connection.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.ProbeCrashed(_log, exception, _cluster.Name, entry.Target.Endpoint.Name);
            Report(entry.Target.Endpoint, new ProbeOutcome(ProbeResult.TcpFailure, -1));
        }

        long now = Now();
        entry.Target.Endpoint.ProbedAt = now;
        lock (_gate)
        {
            _running--;
            entry.IsRunning = false;
            entry.WasHealthy = entry.Target.Endpoint.Policy.Health.IsHealthy;
            entry.DueAt = _schedule.Next(entry.WasHealthy, now, _random.NextDouble());
        }

        Run();
    }

    private void Report(UpstreamEndpoint endpoint, ProbeOutcome outcome)
    {
        HealthRule rule = _health.Active;
        HealthSignal? signal = outcome.Result switch
        {
            ProbeResult.Success => HealthSignal.Success,
            ProbeResult.TcpFailure => HealthSignal.TcpFailure,
            ProbeResult.Timeout => HealthSignal.Timeout,
            _ => rule.Judge(outcome.Status),
        };
        ProbeResult result = signal switch
        {
            HealthSignal.Success => ProbeResult.Success,
            HealthSignal.HttpFailure => ProbeResult.HttpFailure,
            HealthSignal.TcpFailure => ProbeResult.TcpFailure,
            HealthSignal.Timeout => ProbeResult.Timeout,
            _ => ProbeResult.Ignored,
        };
        _cluster.Metrics.Probed(result);
        Log.Probed(_log, _cluster.Name, endpoint.Name, result, outcome.Status);
        if (signal is { } told)
        {
            _cluster.Apply(endpoint, rule.Report(endpoint.Policy.Health, told), HealthCause.Active);
            if (told == HealthSignal.Success)
            {
                _cluster.Uneject(endpoint, EventLoop.ReadMilliseconds());
            }
        }
    }

    // Never 0, which stands for "never probed".
    private long Now() => 1 + (long)_time.GetElapsedTime(0, _time.GetTimestamp()).TotalMilliseconds;

    private sealed class Entry(ProbeTarget target)
    {
        public ProbeTarget Target { get; } = target;

        public long DueAt { get; set; }

        public bool WasHealthy { get; set; }

        public bool IsRunning { get; set; }
    }
}
