using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Listeners;

/// <summary>
/// Binds the listeners, once per loop, and starts every accepted connection on its loop. Owns the sockets until <see cref="UnbindAsync"/>;
/// connections outlive it. Not thread-safe: called by the host.
/// </summary>
internal sealed class ListenerManager(
    ITransport transport, IReadOnlyList<EdgeWorker> workers, ConnectionLimits limits, ILogger logger)
{
    private readonly List<IConnectionListener> _listeners = [];
    private readonly List<Task> _accepting = [];
    private readonly List<ListenerLock> _locks = [];
    private readonly List<(ListenerPlan Plan, EndPoint EndPoint)> _bound = [];

    /// <summary>What is bound, with the real port where 0 was asked for.</summary>
    public IReadOnlyList<(ListenerPlan Plan, EndPoint EndPoint)> Bound => _bound;

    /// <summary>Binds one address on every loop and accepts from it; throws <see cref="IOException"/> when it is taken.</summary>
    public async Task BindAsync(ListenerPlan plan)
    {
        ListenAddress address = plan.Address;
        EndPoint endPoint = address.EndPoint;
        ListenerLock? held = ListenerLock.Take(address);
        if (held is not null)
        {
            _locks.Add(held);
        }

        ListenerSocketOptions options = new()
        {
            Backlog = address.Backlog ?? 511,
            DeferAccept = address.Deferred,
            KeepAlive = address.KeepAlive?.On ?? false,
            KeepAliveIdleSeconds = address.KeepAlive?.IdleSeconds ?? 0,
            KeepAliveIntervalSeconds = address.KeepAlive?.IntervalSeconds ?? 0,
            KeepAliveProbes = address.KeepAlive?.Count ?? 0,
        };
        EdgeConnectionHandler handler = new(workers, plan, limits);
        foreach (EdgeWorker worker in workers)
        {
            IConnectionListener listener = await transport.CreateListenerFactory(worker.Loop, options).BindAsync(endPoint);
            endPoint = listener.EndPoint;
            plan.Port = (endPoint as IPEndPoint)?.Port ?? 0;
            _listeners.Add(listener);
            _accepting.Add(AcceptAsync(worker, listener, handler));
        }

        _bound.Add((plan, endPoint));
        Log.Listening(logger, endPoint.ToString() ?? "");
    }

    /// <summary>Stops accepting; connections that had arrived are still served.</summary>
    public async Task UnbindAsync()
    {
        foreach (IConnectionListener listener in _listeners)
        {
            await listener.UnbindAsync();
        }

        await Task.WhenAll(_accepting);
        foreach (IConnectionListener listener in _listeners)
        {
            await listener.DisposeAsync();
        }

        foreach (ListenerLock held in _locks)
        {
            held.Dispose();
        }

        _listeners.Clear();
        _accepting.Clear();
        _locks.Clear();
    }

    private async Task AcceptAsync(EdgeWorker worker, IConnectionListener listener, EdgeConnectionHandler handler)
    {
        await worker.Loop.SwitchTo();
        while (true)
        {
            try
            {
                ConnectionContext? connection = await listener.AcceptAsync();
                if (connection is null)
                {
                    return;
                }

                _ = ServeAsync(worker, handler, connection);
            }
            catch (Exception exception)
            {
                // A listener that fails goes on: the error is seen and counted, and the other connections do not pay for it.
                worker.Metrics.InternalError();
                Log.ListenFailed(logger, listener.EndPoint.ToString() ?? "", exception.Message);
            }
        }
    }

    private static async Task ServeAsync(EdgeWorker worker, EdgeConnectionHandler handler, ConnectionContext connection)
    {
        try
        {
            await handler.OnConnectedAsync(connection);
        }
        catch (Exception exception)
        {
            worker.Crashed(connection, exception);
            connection.Abort();
            await connection.DisposeAsync();
        }
    }
}
