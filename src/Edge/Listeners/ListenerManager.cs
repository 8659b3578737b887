using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Listeners;

/// <summary>
/// Binds the listeners, once per loop, and starts every accepted connection on its loop. Owns the sockets until it is unbound;
/// connections outlive it. Not thread-safe: called by the host.
/// </summary>
internal sealed class ListenerManager(
    ITransport transport, IReadOnlyList<EdgeWorker> workers, ConnectionLimits limits, ILogger logger)
{
    private readonly List<BoundListener> _bound = [];

    /// <summary>What is bound, with the real port where 0 was asked for.</summary>
    public IReadOnlyList<(ListenerPlan Plan, EndPoint EndPoint)> Bound => [.. _bound.Select(static bound => (bound.Plan, bound.EndPoint))];

    /// <summary>Binds one address on every loop and accepts from it; throws <see cref="IOException"/> when it is taken.</summary>
    public async Task BindAsync(ListenerPlan plan)
    {
        ListenAddress address = plan.Address;
        EndPoint endPoint = address.EndPoint;
        BoundListener bound = new(plan, ListenerLock.Take(address));
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
        try
        {
            foreach (EdgeWorker worker in workers)
            {
                IConnectionListener listener = await transport.CreateListenerFactory(worker.Loop, options).BindAsync(endPoint);
                endPoint = listener.EndPoint;
                plan.Port = (endPoint as IPEndPoint)?.Port ?? 0;
                bound.Listeners.Add(listener);
                bound.Accepting.Add(AcceptAsync(worker, listener, handler));
            }
        }
        catch
        {
            await UnbindAsync([bound]);
            throw;
        }

        bound.EndPoint = endPoint;
        _bound.Add(bound);
        Log.Listening(logger, endPoint.ToString() ?? "");
    }

    /// <summary>Stops accepting; connections that had arrived are still served. <see cref="Bound"/> still tells what was bound.</summary>
    public Task UnbindAsync() => UnbindAsync(_bound);

    /// <summary>The same for one listener.</summary>
    public async Task UnbindAsync(ListenerPlan plan)
    {
        BoundListener bound = _bound.First(candidate => candidate.Plan == plan);
        _bound.Remove(bound);
        await UnbindAsync([bound]);
    }

    private static async Task UnbindAsync(IReadOnlyList<BoundListener> all)
    {
        IReadOnlyList<IConnectionListener> listeners = [.. all.SelectMany(static bound => bound.Listeners)];
        foreach (IConnectionListener listener in listeners)
        {
            await listener.UnbindAsync();
        }

        await Task.WhenAll(all.SelectMany(static bound => bound.Accepting));
        foreach (IConnectionListener listener in listeners)
        {
            await listener.DisposeAsync();
        }

        foreach (BoundListener bound in all)
        {
            bound.Held?.Dispose();
            bound.Listeners.Clear();
            bound.Accepting.Clear();
        }
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

    private sealed class BoundListener(ListenerPlan plan, ListenerLock? held)
    {
        public ListenerPlan Plan { get; } = plan;

        public ListenerLock? Held { get; } = held;

        public EndPoint EndPoint { get; set; } = plan.Address.EndPoint;

        public List<IConnectionListener> Listeners { get; } = [];

        public List<Task> Accepting { get; } = [];
    }
}
