using System.Diagnostics.CodeAnalysis;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>
/// One user's interest in a name. Dispose it to stop; after <see cref="Dispose"/> returns no new call to the callback starts.
/// Thread-safe.
/// </summary>
public sealed class NameWatch : IDisposable, IThreadPoolWorkItem
{
    private readonly NameResolver _resolver;
    private readonly NameEntry? _entry;
    private readonly int _defaultPort;
    private readonly Action<NameAnswer> _onChange;
    private readonly TaskCompletionSource<NameAnswer> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    // Written under _gate; _current is also read without it.
    private NameAnswer? _current;
    private NameAnswer? _delivered;
    private bool _isQueued;
    private bool _isDisposed;

    internal NameWatch(NameResolver resolver, NameEntry? entry, string host, int defaultPort, Action<NameAnswer> onChange)
    {
        _resolver = resolver;
        _entry = entry;
        _defaultPort = defaultPort;
        _onChange = onChange;
        Host = host;
    }

    /// <summary>The name as it was given to <see cref="NameResolver.Watch"/>.</summary>
    public string Host { get; }

    /// <summary>The latest answer, or null before the first.</summary>
    public NameAnswer? Current => Volatile.Read(ref _current);

    /// <summary>Completes once the first answer, success or failure, has been handed to the callback. Cancelled by disposal before that.</summary>
    public Task<NameAnswer> FirstAnswer => _first.Task;

    /// <summary>Whether a lookup of the name has begun and not ended.</summary>
    internal bool IsLookingUp => _entry is not null && _resolver.IsRunning(_entry);

    /// <summary>
    /// Asks for a lookup now, because connecting to the known addresses fails. Brings the next one forward, to no sooner than
    /// <see cref="NameResolverOptions.RefreshInterval"/> after the last began; does nothing while one is under way. Cheap, callable from a loop.
    /// </summary>
    public void Refresh()
    {
        if (_entry is not null)
        {
            _resolver.Refresh(_entry);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Close() && _entry is not null)
        {
            _resolver.Leave(_entry, this);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (TryTakeUndelivered(out NameAnswer? answer))
        {
            try
            {
                _onChange(answer);
            }
#pragma warning disable CA1031 // The callback is foreign code on a pool thread, where an exception would end the process.
            catch (Exception error)
#pragma warning restore CA1031
            {
                _resolver.ReportCallbackError(Host, error);
            }

            _first.TrySetResult(answer);
        }
    }

    /// <summary>Ends delivery; false when it had ended before.</summary>
    internal bool Close()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return false;
            }

            _isDisposed = true;
        }

        _first.TrySetCanceled();
        return true;
    }

    /// <summary>Takes an answer in which a port of 0 stands for the default, and queues its delivery if the set is new to the user.</summary>
    internal void Accept(NameAnswer answer)
    {
        NameAnswer own = answer with { Addresses = WithDefaultPort(answer.Addresses) };
        lock (_gate)
        {
            Volatile.Write(ref _current, own);
            if (_isQueued || _isDisposed || !IsNew(own))
            {
                return;
            }

            _isQueued = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool TryTakeUndelivered([NotNullWhen(true)] out NameAnswer? answer)
    {
        lock (_gate)
        {
            answer = _current;
            if (_isDisposed || answer is null || !IsNew(answer))
            {
                _isQueued = false;
                return false;
            }

            _delivered = answer;
            return true;
        }
    }

    private bool IsNew(NameAnswer answer) => _delivered is null || !AddressSet.Same(_delivered.Addresses, answer.Addresses);

    private ResolvedAddress[] WithDefaultPort(IReadOnlyList<ResolvedAddress> addresses)
    {
        ResolvedAddress[] own = new ResolvedAddress[addresses.Count];
        for (int i = 0; i < own.Length; i++)
        {
            own[i] = addresses[i].Port == 0 ? addresses[i] with { Port = _defaultPort } : addresses[i];
        }

        return own;
    }
}
