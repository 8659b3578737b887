using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>
/// Keeps the addresses of names current in the background, so that no exchange waits for name servers. Watches of the same name
/// share one lookup; nothing runs between lookups but a timer. Thread-safe. Disposal stops every watch.
/// </summary>
public sealed partial class NameResolver : IAsyncDisposable
{
    private readonly NameResolverOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ResolverFiles _files;
    private readonly NameLookup _lookup;
    private readonly ITimer _fileTimer;
    private readonly SemaphoreSlim _slots;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards everything below and every entry. Held for field updates only, never around a question or a callback.
    private readonly Lock _gate = new();
    private readonly Dictionary<NameKey, NameEntry> _entries = [];
    private int _running;
    private bool _isDisposed;

    /// <summary>Starts a resolver. The client stays the caller's.</summary>
    public NameResolver(NameResolverOptions options, TimeProvider time, INameClient client, ILogger? log = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(client);
        _options = options;
        _time = time;
        _log = log ?? NullLogger.Instance;
        _files = new ResolverFiles(options);
        _lookup = new NameLookup(options, client);
        _slots = new SemaphoreSlim(options.MaximumParallelLookups);
        _fileTimer = time.CreateTimer(
            static state => ((NameResolver)state!).CheckFiles(), this, options.FileCheckInterval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Counters since start.</summary>
    public NameCounters Counters { get; } = new();

    /// <summary>
    /// Starts or joins the watching of a name. IP literals (IPv6 with or without brackets) are answered at once and never looked up.
    /// </summary>
    /// <param name="host">Name or IP literal; a trailing dot marks a fully qualified name.</param>
    /// <param name="defaultPort">Port of addresses whose record gives none.</param>
    /// <param name="allowSrv">Whether SRV records are asked for.</param>
    /// <param name="onChange">
    /// Called on the thread pool, one call at a time, with the first answer and then whenever the address set has changed; a change
    /// that is overtaken by the next may be skipped. Must not throw.
    /// </param>
    public NameWatch Watch(string host, int defaultPort, bool allowSrv, Action<NameAnswer> onChange)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentNullException.ThrowIfNull(onChange);
        if (TryParseLiteral(host, out IPAddress? literal))
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            NameWatch constant = new(this, entry: null, host, defaultPort, onChange);
            constant.Accept(new NameAnswer(
                NameStatus.Resolved, [new ResolvedAddress(literal, Port: 0, Weight: null, Priority: 0)], Timeout.InfiniteTimeSpan));
            return constant;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            NameEntry entry = GetOrAdd_NeedsLock(new NameKey(host.ToLowerInvariant(), allowSrv));
            NameWatch watch = new(this, entry, host, defaultPort, onChange);
            entry.Watches.Add(watch);
            if (entry.Answer is { } known)
            {
                watch.Accept(known);
            }

            return watch;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<NameWatch> watches = [];
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            foreach (NameEntry entry in _entries.Values)
            {
                entry.IsRemoved = true;
                entry.Timer?.Dispose();
                watches.AddRange(entry.Watches);
            }

            _entries.Clear();
            if (_running == 0)
            {
                _idle.TrySetResult();
            }
        }

        foreach (NameWatch watch in watches)
        {
            watch.Close();
        }

        await _fileTimer.DisposeAsync();
        await _stop.CancelAsync();
        await _idle.Task;
        _stop.Dispose();
        _slots.Dispose();
    }

    internal void Refresh(NameEntry entry)
    {
        lock (_gate)
        {
            if (!entry.IsRunning && !entry.IsRemoved)
            {
                Hasten_NeedsLock(entry);
            }
        }
    }

    internal bool IsRunning(NameEntry entry)
    {
        lock (_gate)
        {
            return entry.IsRunning;
        }
    }

    internal void Leave(NameEntry entry, NameWatch watch)
    {
        lock (_gate)
        {
            entry.Watches.Remove(watch);
            if (entry.Watches.Count == 0 && !entry.IsRunning && !entry.IsRemoved)
            {
                Schedule_NeedsLock(entry, _options.Linger, _time.GetTimestamp());
            }
        }
    }

    internal void ReportCallbackError(string host, Exception error) => LogCallbackError(host, error);

    // Canonical text only: "1" and "0x7f.1" are names, whatever inet_aton makes of them.
    private static bool TryParseLiteral(string host, out IPAddress literal)
    {
        bool isBracketed = host.StartsWith('[') && host.EndsWith(']');
        ReadOnlySpan<char> text = isBracketed ? host.AsSpan(1, host.Length - 2) : host;
        return IPAddress.TryParse(text, out literal!)
            && (literal.AddressFamily == AddressFamily.InterNetworkV6
                || (!isBracketed && text.SequenceEqual(literal.ToString())));
    }

    private NameEntry GetOrAdd_NeedsLock(NameKey key)
    {
        if (!_entries.TryGetValue(key, out NameEntry? entry))
        {
            entry = new NameEntry(key, _options);
            _entries.Add(key, entry);
            Start_NeedsLock(entry);
        }
        else if (entry.Watches.Count == 0 && !entry.IsRunning)
        {
            // The answer lingered without being renewed: it serves at once, and is looked up again.
            Hasten_NeedsLock(entry);
        }

        return entry;
    }

    private void Start_NeedsLock(NameEntry entry)
    {
        entry.IsRunning = true;
        entry.LastStart = _time.GetTimestamp();
        _running++;
        ThreadPool.UnsafeQueueUserWorkItem(
            static state => _ = state.Resolver.RunAsync(state.Entry), (Resolver: this, Entry: entry), preferLocal: false);
    }

    private void Hasten_NeedsLock(NameEntry entry)
    {
        long now = _time.GetTimestamp();
        TimeSpan wait = _options.RefreshInterval - _time.GetElapsedTime(entry.LastStart, now);
        if (wait <= TimeSpan.Zero)
        {
            Start_NeedsLock(entry);
        }
        else if (_time.GetElapsedTime(now, entry.DueAt) > wait)
        {
            Schedule_NeedsLock(entry, wait, now);
        }
    }

    private void Schedule_NeedsLock(NameEntry entry, TimeSpan delay, long now)
    {
        entry.DueAt = now + (long)(delay.TotalSeconds * _time.TimestampFrequency);
        entry.Timer ??= _time.CreateTimer(_ => OnDue(entry), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        entry.Timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void OnDue(NameEntry entry)
    {
        lock (_gate)
        {
            if (entry.IsRunning || entry.IsRemoved)
            {
                return;
            }

            if (entry.Watches.Count > 0)
            {
                Start_NeedsLock(entry);
                return;
            }

            entry.IsRemoved = true;
            entry.Timer?.Dispose();
            _entries.Remove(entry.Key);
        }
    }

    private async Task RunAsync(NameEntry entry)
    {
        LookupOutcome outcome = await LookUpAsync(entry);
        NameAnswer? answer = null;
        bool changed = false;
        NameStatus? before;
        lock (_gate)
        {
            before = entry.Answer?.Status;
            entry.IsRunning = false;
            _running--;
            if (!entry.IsRemoved)
            {
                changed = Apply_NeedsLock(entry, outcome);
                answer = entry.Answer;
            }
            else if (_isDisposed && _running == 0)
            {
                _idle.TrySetResult();
            }
        }

        if (answer is not null)
        {
            Report(entry.Key.Host, before, answer, outcome.Result, changed);
        }
    }

    private bool Apply_NeedsLock(NameEntry entry, in LookupOutcome outcome)
    {
        long now = _time.GetTimestamp();
        bool changed = entry.Apply(outcome, _time, now);
        NameAnswer answer = entry.Answer!;
        if (entry.IsOutdated)
        {
            entry.IsOutdated = false;
            Start_NeedsLock(entry);
        }
        else if (entry.Watches.Count == 0)
        {
            Schedule_NeedsLock(entry, _options.Linger, now);
        }
        else
        {
            Schedule_NeedsLock(entry, answer.Ttl * (1 + (_options.Jitter * _options.Random.NextDouble())), now);
        }

        foreach (NameWatch watch in entry.Watches)
        {
            watch.Accept(answer);
        }

        return changed;
    }

    private async Task<LookupOutcome> LookUpAsync(NameEntry entry)
    {
        using CancellationTokenSource limit = new(_options.LookupTimeout, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            await _slots.WaitAsync(either.Token);
            try
            {
                return await _lookup.RunAsync(
                    entry.Key.Host, entry.Key.AllowSrv, entry.LastKind, _files.Hosts, _files.Configuration, either.Token);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException)
        {
            return LookupOutcome.Without(LookupResult.Failed);
        }
#pragma warning disable CA1031 // A fault in a lookup must not end the watching of its name: it counts as failed, and is logged.
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogLookupError(entry.Key.Host, error);
            return LookupOutcome.Without(LookupResult.Failed);
        }
    }

    private void CheckFiles()
    {
        bool changed = _files.Reload();
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            if (changed)
            {
                Outdate_NeedsLock();
            }

            _fileTimer.Change(_options.FileCheckInterval, Timeout.InfiniteTimeSpan);
        }

        if (changed)
        {
            LogFilesChanged();
        }
    }

    private void Outdate_NeedsLock()
    {
        foreach (NameEntry entry in _entries.Values)
        {
            if (entry.IsRunning)
            {
                entry.IsOutdated = true;
            }
            else if (entry.Watches.Count > 0)
            {
                Start_NeedsLock(entry);
            }
        }
    }
}
