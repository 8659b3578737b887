using System.Net;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Exchanges.Mesh;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>The client of an exchange that is only rehearsed: it came to a Gateway listener and takes nothing.</summary>
internal sealed class AbsentClient(GatewayListenerPlan listener, GatewayEntry entry) : IDownstream
{
    public bool MayServeMore => true;

    public bool IsIdle => false;

    public bool IsHalfClosed => false;

    public long Serial => 0;

    public int Served => 1;

    public ClientAddress LocalAddress => ClientAddress.From(listener.Address);

    public EndPoint LocalEndPoint => new IPEndPoint(listener.Address, listener.Port);

    public GatewayEntry Gateway => entry;

    public long BytesMoved => 0;

    public ValueTask<bool> DrainBodyAsync(Exchange exchange) => ValueTask.FromResult(false);

    public ValueTask TunnelAsync(Exchange exchange) => ValueTask.CompletedTask;

    public void StopPolitely()
    {
    }

    public void Cut()
    {
    }
}
