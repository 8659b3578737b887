using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// The counters of one event loop. Only that loop's thread writes (plain increments, no interlocked operation); any thread reads, and
/// a sum over loops may be a few events behind. Owned by <see cref="EdgeMetrics"/> and padded on both sides so that two loops never
/// share a cache line.
/// </summary>
public sealed class LoopMetrics
{
    private const int Protocols = 5;
    private const int Outcomes = (int)TlsOutcome.Other + 1;

    // Arrays carry 16 unused longs at each end: the padding that keeps neighbours on the heap off these cache lines.
    private const int Pad = 16;

    private readonly long[] _phases;
    private readonly long[] _closed;
    private readonly long[] _limits;
    private readonly long[] _protocolErrors;
    private readonly long[] _limiter;
    private readonly long[] _fallback;
    private readonly long[] _handshakes;
    private readonly int _kinds;
    private Counters _counters;

    internal LoopMetrics(int loopId, int protocolErrorKinds)
    {
        LoopId = loopId;
        _kinds = protocolErrorKinds;
        _phases = new long[Pad + Enum.GetValues<ConnectionPhase>().Length + Pad];
        _closed = new long[Pad + Enum.GetValues<CloseReason>().Length + Pad];
        _limits = new long[Pad + Enum.GetValues<LimitKind>().Length + Pad];
        _limiter = new long[Pad + Enum.GetValues<LimiterResult>().Length + Pad];
        _fallback = new long[Pad + Enum.GetValues<FallbackResult>().Length + Pad];
        _handshakes = new long[Pad + (2 * Outcomes) + Pad];
        _protocolErrors = new long[Pad + (2 * Protocols * protocolErrorKinds) + Pad];
    }

    /// <summary>Index of the loop, 0-based.</summary>
    public int LoopId { get; }

    /// <summary>A connection was accepted by the kernel and taken by this loop, whether or not it is served.</summary>
    public void ConnectionAccepted() => _counters.Accepted++;

    /// <summary>An accepted connection is served (nginx: handled). It starts in <see cref="ConnectionPhase.Waiting"/>.</summary>
    public void ConnectionOpened()
    {
        _counters.Handled++;
        _counters.Active++;
        _phases[Pad + (int)ConnectionPhase.Waiting]++;
    }

    /// <summary>A served connection changes from one phase to another; equal phases change nothing.</summary>
    public void ConnectionMoved(ConnectionPhase from, ConnectionPhase to)
    {
        _phases[Pad + (int)from]--;
        _phases[Pad + (int)to]++;
    }

    /// <summary>A served connection ended in the given phase.</summary>
    public void ConnectionClosed(ConnectionPhase last, CloseReason reason)
    {
        _counters.Active--;
        _phases[Pad + (int)last]--;
        _closed[Pad + (int)reason]++;
    }

    /// <summary>An accepted connection was closed without being served.</summary>
    public void ConnectionRefused(CloseReason reason) => _closed[Pad + (int)reason]++;

    /// <summary>A request head was received, or refused with an answer (Kong: total requests).</summary>
    public void RequestStarted() => _counters.Requests++;

    /// <summary>A peer broke the protocol. <paramref name="kind"/> indexes <see cref="MetricsOptions.ProtocolErrorKinds"/>.</summary>
    public void ProtocolError(ProtocolSide side, ProtocolName protocol, int kind) =>
        _protocolErrors[Pad + ((((int)side * Protocols) + (int)protocol) * _kinds) + kind]++;

    /// <summary>A configured limit was reached.</summary>
    public void LimitHit(LimitKind limit) => _limits[Pad + (int)limit]++;

    /// <summary>A limiter on Redis decided, or could not.</summary>
    public void LimiterDecided(LimiterResult result) => _limiter[Pad + (int)result]++;

    /// <summary>A limiter did without Redis.</summary>
    public void LimiterFellBack(FallbackResult result) => _fallback[Pad + (int)result]++;

    /// <summary>A TLS handshake ended.</summary>
    public void TlsHandshake(ProtocolSide side, TlsOutcome outcome) => _handshakes[Pad + ((int)side * Outcomes) + (int)outcome]++;

    /// <summary>An exchange was tried again, for any cluster.</summary>
    public void Retried() => _counters.Retries++;

    /// <summary>An exchange or connection ended by an unexpected exception.</summary>
    public void InternalError() => _counters.InternalErrors++;

    internal long Accepted => Volatile.Read(ref _counters.Accepted);

    internal long Handled => Volatile.Read(ref _counters.Handled);

    internal long Active => Volatile.Read(ref _counters.Active);

    internal long Requests => Volatile.Read(ref _counters.Requests);

    internal long Retries => Volatile.Read(ref _counters.Retries);

    internal long InternalErrors => Volatile.Read(ref _counters.InternalErrors);

    internal long Phase(ConnectionPhase phase) => Volatile.Read(ref _phases[Pad + (int)phase]);

    internal long Closed(CloseReason reason) => Volatile.Read(ref _closed[Pad + (int)reason]);

    internal long Limits(LimitKind limit) => Volatile.Read(ref _limits[Pad + (int)limit]);

    internal long Limiter(LimiterResult result) => Volatile.Read(ref _limiter[Pad + (int)result]);

    internal long Fallback(FallbackResult result) => Volatile.Read(ref _fallback[Pad + (int)result]);

    internal long TlsHandshakes(ProtocolSide side, TlsOutcome outcome) =>
        Volatile.Read(ref _handshakes[Pad + ((int)side * Outcomes) + (int)outcome]);

    internal long ProtocolErrors(ProtocolSide side, ProtocolName protocol, int kind) =>
        Volatile.Read(ref _protocolErrors[Pad + ((((int)side * Protocols) + (int)protocol) * _kinds) + kind]);

    [StructLayout(LayoutKind.Explicit, Size = 320)]
    private struct Counters
    {
        [FieldOffset(128)]
        public long Accepted;

        [FieldOffset(136)]
        public long Handled;

        [FieldOffset(144)]
        public long Active;

        [FieldOffset(152)]
        public long Requests;

        [FieldOffset(160)]
        public long Retries;

        [FieldOffset(168)]
        public long InternalErrors;
    }
}
