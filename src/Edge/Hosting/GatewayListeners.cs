using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Listeners;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// Keeps the bound sockets what the configuration in force says: new Gateway ports are bound, those that are gone stop accepting and let their
/// connections finish, the others stay with theirs. One caller at a time waits for another; thread-safe.
/// </summary>
internal sealed class GatewayListeners(
    ListenerManager listeners,
    IReadOnlyList<EdgeWorker> workers,
    GatewayCertificates certificates,
    Func<int> connectionLimit,
    HandshakeGate handshakes,
    int handshakeMilliseconds,
    ILogger log) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<(string Address, int Port), ListenerPlan> _bound = [];
    private bool _stopped;

    /// <summary>Where the listener of a Gateway server's port is bound; null when it is not.</summary>
    public IPEndPoint? EndPoint(int serverPort)
    {
        lock (_bound)
        {
            ListenerPlan? plan = _bound.Values.FirstOrDefault(bound => bound.Gateway!.ServerPort == serverPort);
            return plan is null ? null : new IPEndPoint(plan.Address.Ip!, plan.Port);
        }
    }

    /// <summary>What is bound, with the port in use.</summary>
    public IReadOnlyList<(GatewayListenerPlan Plan, int Port, GatewayStats Stats)> Bound
    {
        get
        {
            lock (_bound)
            {
                return [.. _bound.Values.Select(static plan => (plan.Gateway!, plan.Port, plan.Stats!)).OrderBy(static bound => bound.Port)];
            }
        }
    }

    /// <summary>
    /// Binds and unbinds what the published snapshot asks for. <paramref name="isStart"/> throws <see cref="IOException"/> for an address that
    /// cannot be had; later that is told and tried again with the next configuration.
    /// </summary>
    public async Task ApplyAsync(MeshSnapshot mesh, bool isStart)
    {
        await _one.WaitAsync();
        try
        {
            if (_stopped)
            {
                return;
            }

            foreach (ListenerPlan gone in _bound.Values.Where(bound => mesh.Find(bound.Gateway!) is null).ToList())
            {
                await RemoveAsync(gone);
            }

            foreach (GatewayListenerPlan plan in mesh.Listeners)
            {
                if (!_bound.ContainsKey(plan.Key))
                {
                    await AddAsync(plan, isStart);
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Binds nothing any more; what is bound is unbound with the other listeners.</summary>
    public async Task StopAsync()
    {
        await _one.WaitAsync();
        _stopped = true;
        _one.Release();
    }

    /// <summary>Unbinds every port for good, whatever a configuration says: idle connections end, busy ones after their answer.</summary>
    public async Task DrainAsync()
    {
        await _one.WaitAsync();
        try
        {
            _stopped = true;
            foreach (ListenerPlan bound in _bound.Values.ToList())
            {
                await RemoveAsync(bound);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task AddAsync(GatewayListenerPlan plan, bool isStart)
    {
        ListenerPlan listener = new()
        {
            Address = new ListenAddress { Ip = plan.Address, Port = plan.Port, Text = $"{plan.Address}:{plan.Port}" },
            Count = new ListenerCount(connectionLimit()),
            Port = plan.Port,
            Gateway = plan,
            Stats = new GatewayStats(workers.Count),
            Tls = new TlsMiddleware(certificates.For(plan), handshakes, handshakeMilliseconds),
        };
        try
        {
            await listeners.BindAsync(listener);
        }
        catch (Exception exception) when (!isStart && exception is IOException or SocketException or AddressInUseException or UnauthorizedAccessException)
        {
            Log.GatewayNotBound(log, plan.Name, exception.Message);
            return;
        }

        lock (_bound)
        {
            _bound[plan.Key] = listener;
        }
    }

    private async Task RemoveAsync(ListenerPlan gone)
    {
        lock (_bound)
        {
            _bound.Remove(gone.Gateway!.Key);
        }

        await listeners.UnbindAsync(gone);
        foreach (EdgeWorker worker in workers)
        {
            worker.Loop.Post(_ => StopPolitely(worker, gone.Gateway!), null);
        }

        Log.GatewayUnbound(log, gone.Gateway!.Name);
    }

    // Idle connections end now, busy ones after their answer.
    private static void StopPolitely(EdgeWorker worker, GatewayListenerPlan gone)
    {
        foreach (IDownstream connection in worker.Connections.Where(connection => connection.Gateway?.Bound == gone).ToArray())
        {
            connection.StopPolitely();
        }
    }
}
