using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Stores;

/// <summary>
/// The connection to one Redis, shared by all loops and all rules with the same target: one multiplexed pipeline with a bound on what
/// waits in it, behind a circuit breaker. Connects in the background from its making until it is disposed, and never makes anybody wait for that.
/// Thread-safe.
/// </summary>
internal sealed class RedisLink : IDisposable
{
    /// <summary>Commands that may wait for their answers; beyond them the store counts as failed.</summary>
    public const int MaxWaiting = 1024;

    private static readonly TimeSpan ConnectPause = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time;
    private readonly X509Certificate2Collection? _roots;
    private readonly FaultLog _faults;
    private readonly CancellationTokenSource _disposed = new();
    private Live? _live;
    private int _waiting;
    private int _connecting;
    private bool _sendsScripts;

    public RedisLink(RedisTarget target, X509Certificate2Collection? roots, TimeProvider time, ILogger log, Func<double> random)
    {
        Target = target;
        _roots = roots;
        _time = time;
        _faults = new FaultLog(target, time, log);
        Breaker = new CircuitBreaker(new CircuitBreakerOptions(), random);
        Connect();
    }

    public RedisTarget Target { get; }

    public CircuitBreaker Breaker { get; }

    /// <summary>Commands without answer, also of callers that gave up waiting.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Whether a connection is established.</summary>
    public bool IsConnected => Volatile.Read(ref _live) is { } live && live.Connection.IsConnected;

    /// <summary>Whether keys live on different servers, so that one script may not touch several.</summary>
    public bool IsCluster => Volatile.Read(ref _live) is { IsCluster: true };

    /// <summary>Monotonic milliseconds, the same as every loop's.</summary>
    public long Now => _time.GetTimestamp() / (_time.TimestampFrequency / 1000);

    /// <summary>
    /// Asks to send <paramref name="commands"/>. On <see cref="LimiterResult.Allowed"/> send them, call <see cref="Left"/> for each that was
    /// answered or failed, and report once with the ticket.
    /// </summary>
    public LimiterResult Enter(long now, int commands, out int ticket)
    {
        if (!Breaker.TryEnter(now, out ticket))
        {
            return LimiterResult.Open;
        }

        if (Interlocked.Add(ref _waiting, commands) > MaxWaiting)
        {
            Interlocked.Add(ref _waiting, -commands);
            Failed(now, ticket);
            return LimiterResult.Busy;
        }

        if (Volatile.Read(ref _live) is null)
        {
            Interlocked.Add(ref _waiting, -commands);
            Failed(now, ticket);
            return LimiterResult.Failed;
        }

        return LimiterResult.Allowed;
    }

    /// <summary>Sends one script; by its hash where the server knows it. Never waits, never sends it again.</summary>
    public Task<RespResult> Evaluate(string script, ReadOnlyMemory<RedisKey> keys, ReadOnlyMemory<RedisValue> values)
    {
        try
        {
            CommandFlags flags = CommandFlags.CommandRetryNever | (Volatile.Read(ref _sendsScripts) ? CommandFlags.NoScriptCache : 0);
            return Volatile.Read(ref _live) is { } live
                ? live.Database.ScriptEvaluateRespAsync(script, keys, values, flags)
                : Task.FromException<RespResult>(new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, "not connected"));
        }
        catch (Exception exception)
        {
            // Whatever the client throws, of which not all is a RedisException, is how this command ended: its caller counts on one end.
            return Task.FromException<RespResult>(exception);
        }
    }

    /// <summary>A command has its answer. Any thread.</summary>
    public void Left() => Interlocked.Decrement(ref _waiting);

    public void Succeeded(int ticket)
    {
        if (Breaker.Succeeded(ticket))
        {
            _faults.Recovered();
        }
    }

    /// <summary>A command was not answered within its budget.</summary>
    public void TimedOut(long now, int ticket)
    {
        _faults.Happened(RedisErrorKind.Timeout, "no answer within the budget");
        Failed(now, ticket);
    }

    /// <summary>A command failed: what it means for the connection is decided here.</summary>
    public void Failed(long now, int ticket, Exception exception)
    {
        RedisErrorKind kind = KindOf(exception);
        _faults.Happened(kind, exception.Message);
        Failed(now, ticket);
        switch (kind)
        {
            case RedisErrorKind.NoPermission:
                // A user that may run scripts but not store them.
                Volatile.Write(ref _sendsScripts, true);
                break;
            case RedisErrorKind.ReadOnly or RedisErrorKind.Moved:
                // The primary is somewhere else now: names are looked up and roles asked again.
                Connect();
                break;
        }
    }

    public void Dispose()
    {
        _disposed.Cancel();
        Interlocked.Exchange(ref _live, null)?.Dispose();
    }

    /// <summary>What went wrong, as the client tells it.</summary>
    private static RedisErrorKind KindOf(Exception exception) => exception switch
    {
        RedisServerException server => server.Kind,
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => RedisErrorKind.NoAuth,
        TimeoutException => RedisErrorKind.Timeout,
        RedisConnectionException => RedisErrorKind.ConnectionFault,
        _ => RedisErrorKind.Unknown,
    };

    private void Failed(long now, int ticket)
    {
        if (Breaker.Failed(now, ticket))
        {
            _faults.Opened(Breaker.OpenUntil - now);
        }
    }

    // One attempt to connect at a time; the connection in use stays until the next one is there.
    private void Connect()
    {
        if (Interlocked.CompareExchange(ref _connecting, 1, 0) == 0)
        {
            _ = Task.Run(ConnectAsync, CancellationToken.None);
        }
    }

    private async Task ConnectAsync()
    {
        try
        {
            while (!_disposed.IsCancellationRequested)
            {
                try
                {
                    Live next = new(await ConnectionMultiplexer.ConnectAsync(RedisOptions.For(Target, _roots)), this);
                    Live? previous = Interlocked.Exchange(ref _live, next);
                    previous?.Dispose();
                    if (_disposed.IsCancellationRequested)
                    {
                        Interlocked.Exchange(ref _live, null)?.Dispose();
                    }
                    else if (next.Connection.IsConnected)
                    {
                        Breaker.ProbeSoon(Now);
                    }

                    break;
                }
                catch (Exception exception) when (!_disposed.IsCancellationRequested)
                {
                    // Not only what the client calls its own: names, certificates and options fail with others, and may be right next time.
                    _faults.Happened(KindOf(exception), exception.Message);
                }

                await Task.Delay(ConnectPause, _time, _disposed.Token);
            }

            // What asks for another connection in a row waits its turn.
            await Task.Delay(ConnectPause, _time, _disposed.Token);
        }
        catch (Exception) when (_disposed.IsCancellationRequested)
        {
            // Nobody needs the connection any more.
        }
        finally
        {
            Volatile.Write(ref _connecting, 0);
        }
    }

    /// <summary>One connection of the client with what is told about it.</summary>
    private sealed class Live : IDisposable
    {
        private readonly RedisLink _link;
        private volatile bool _isCluster;

        public Live(ConnectionMultiplexer connection, RedisLink link)
        {
            _link = link;
            Connection = connection;
            Database = connection.GetDatabase();
            connection.ConnectionRestored += (_, _) => Changed();
            connection.ConfigurationChanged += (_, _) => Changed();
            connection.ConnectionFailed += (_, failed) => link._faults.Happened(
                failed.FailureType == ConnectionFailureType.AuthenticationFailure ? RedisErrorKind.NoAuth : RedisErrorKind.ConnectionFault,
                failed.Exception?.Message ?? failed.FailureType.ToString());
            Changed();
        }

        public ConnectionMultiplexer Connection { get; }

        public IDatabase Database { get; }

        public bool IsCluster => _isCluster;

        // Closing waits for sockets: not on a thread that serves.
        public void Dispose() => _ = Task.Run(Connection.Dispose);

        private void Changed()
        {
            _isCluster = _link.Target.Topology == RedisTopology.Cluster
                || Connection.GetServers().Any(static server => server.IsConnected && server.ServerType == ServerType.Cluster);
            if (Connection.IsConnected)
            {
                // Seen to be back: the next request finds out, without waiting for the end of the opening.
                _link.Breaker.ProbeSoon(_link.Now);
            }
        }
    }
}
