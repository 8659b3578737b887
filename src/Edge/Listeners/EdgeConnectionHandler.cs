using System.Net;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Downstream;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Exchanges.Mesh;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Listeners;

/// <summary>
/// The entry of a connection: counts it, moves it to a loop, reads a PROXY header where the listener demands one, and serves it. Mountable
/// in any Kestrel application with <c>UseConnectionHandler</c>, plain or behind <c>UseHttps</c>. Thread-safe.
/// </summary>
public sealed class EdgeConnectionHandler : ConnectionHandler
{
    private readonly IReadOnlyList<EdgeWorker> _workers;
    private readonly ListenerPlan _listener;
    private readonly ConnectionLimits _limits;
    private int _next;

    internal EdgeConnectionHandler(IReadOnlyList<EdgeWorker> workers, ListenerPlan listener, ConnectionLimits limits)
    {
        _workers = workers;
        _listener = listener;
        _limits = limits;
    }

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        EdgeWorker worker = WorkerOf(connection);
        if (!worker.Loop.IsCurrent)
        {
            await worker.Loop.SwitchTo();
        }

        worker.Metrics.ConnectionAccepted();
        if (worker.State.Pressure >= MemoryPressure.StopAccepting)
        {
            worker.Metrics.LimitHit(LimitKind.Memory);
            await RefuseAsync(worker, connection, CloseReason.Memory);
            return;
        }

        if (!_limits.TryEnter(_listener.Count, out LimitKind full))
        {
            worker.Metrics.LimitHit(full);
            await RefuseAsync(worker, connection, CloseReason.Limit);
            return;
        }

        try
        {
            await AdmitAsync(worker, connection);
        }
        finally
        {
            _limits.Leave(_listener.Count);
        }
    }

    private async Task AdmitAsync(EdgeWorker worker, ConnectionContext connection)
    {
        IPEndPoint? remote = connection.RemoteEndPoint as IPEndPoint;
        IPAddress? peer = remote?.Address;
        int port = remote?.Port ?? 0;
        ClientAddress address = peer is null ? default : ClientAddress.From(peer);
        bool isTls = connection.Features.Get<Microsoft.AspNetCore.Connections.Features.ITlsHandshakeFeature>() is not null;
        if (_listener.ProxyProtocol)
        {
            ProxyHeaderOutcome outcome = await ProxyHeaderGate.ReadAsync(worker, _listener, connection, address);
            if (!outcome.IsAccepted)
            {
                await RefuseAsync(worker, connection, CloseReason.ProxyHeader);
                return;
            }

            if (outcome.Source is { } source)
            {
                peer = source;
                port = 0;
                address = ClientAddress.From(source);
            }
        }

        if (!_limits.TryEnterAddress(peer))
        {
            worker.Metrics.LimitHit(LimitKind.ConnectionsAddress);
            await RefuseAsync(worker, connection, CloseReason.Limit);
            return;
        }

        try
        {
            TlsSession? session = null;
            if (_listener.Gateway is { } bound && worker.Snapshots.Current.Mesh.Find(bound) is null)
            {
                await RefuseAsync(worker, connection, CloseReason.Drain);
                return;
            }

            if (_listener.Tls is { } tls && IsTls(worker))
            {
                if (await tls.NegotiateAsync(worker, connection) is not { } negotiated)
                {
                    await RefuseAsync(worker, connection, CloseReason.TlsFailure);
                    return;
                }

                (connection, session) = negotiated;
            }

            ConnectionFacts facts = new()
            {
                PeerAddress = address,
                PeerPort = port,
                IsTls = isTls || session is not null,
                ListenerPort = _listener.Port,
                Tls = session,
            };
            await ServeAsync(worker, connection, facts, _listener.Gateway is { } gateway ? new GatewayEntry(gateway, session, _listener.Stats) : null);
        }
        finally
        {
            _limits.LeaveAddress(peer);
        }
    }

    private bool IsTls(EdgeWorker worker) =>
        _listener.Gateway is not { } gateway || worker.Snapshots.Current.Mesh.Find(gateway) is { IsTls: true };

    private static async Task ServeAsync(EdgeWorker worker, ConnectionContext connection, ConnectionFacts facts, GatewayEntry? gateway)
    {
        Http1Connection served = new(worker, connection, in facts, gateway);
        worker.Connections.Add(served);
        try
        {
            await served.ServeAsync();
        }
        finally
        {
            worker.Connections.Remove(served);
        }
    }

    // A connection of our own transport stays on the loop that accepted it; a foreign one is dealt out.
    private EdgeWorker WorkerOf(ConnectionContext connection)
    {
        if (EventLoop.Current is { } loop)
        {
            foreach (EdgeWorker worker in _workers)
            {
                if (ReferenceEquals(worker.Loop, loop))
                {
                    return worker;
                }
            }
        }

        uint turn = (uint)Interlocked.Increment(ref _next);
        return _workers[(int)(turn % (uint)_workers.Count)];
    }

    private static async Task RefuseAsync(EdgeWorker worker, ConnectionContext connection, CloseReason reason)
    {
        worker.Metrics.ConnectionRefused(reason);
        await connection.DisposeAsync();
    }
}
