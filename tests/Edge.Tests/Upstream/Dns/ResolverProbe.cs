using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

/// <summary>A resolver on a fake clock with a scripted client; every finished lookup and every delivered answer can be awaited.</summary>
internal sealed class ResolverProbe : IAsyncDisposable, ILogger
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<string> _lookups = Channel.CreateUnbounded<string>();
    private readonly Channel<NameAnswer> _answers = Channel.CreateUnbounded<NameAnswer>();

    public ResolverProbe(Func<NameResolverOptions, NameResolverOptions>? change = null)
    {
        NameResolverOptions options = new() { HostsPath = null, ResolvConfPath = null, Jitter = 0 };
        Resolver = new NameResolver(change?.Invoke(options) ?? options, Time, Client, this);
    }

    public FakeTimeProvider Time { get; } = new();

    public ScriptedNameClient Client { get; } = new();

    public NameResolver Resolver { get; }

    public List<string> Messages { get; } = [];

    public NameWatch Watch(string host, int port = 80, bool allowSrv = true) =>
        Resolver.Watch(host, port, allowSrv, answer => _answers.Writer.TryWrite(answer));

    /// <summary>The next answer that the callback was given.</summary>
    public Task<NameAnswer> NextAnswerAsync() => _answers.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>Whether every answer that the callback was given has been taken.</summary>
    public bool HasNoAnswer => !_answers.Reader.TryPeek(out _);

    /// <summary>Waits for the end of the next lookup, when its successor is already scheduled.</summary>
    public Task LookupAsync() => _lookups.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>Moves the clock and waits for the lookup which that makes due.</summary>
    public Task AdvanceToLookupAsync(double seconds)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        return LookupAsync();
    }

    public ValueTask DisposeAsync() => Resolver.DisposeAsync();

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string message = formatter(state, exception);
        if (logLevel == LogLevel.Debug)
        {
            _lookups.Writer.TryWrite(message);
            return;
        }

        lock (Messages)
        {
            Messages.Add(message);
        }
    }
}
