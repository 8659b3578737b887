using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Transport.Async;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// What goes on beside an exchange that waits for an endpoint or a connection. Its request is received meanwhile, since the route's time begins with
/// the request's last byte and not with the connection that will carry it; and a client that has ended its side while nothing of its request
/// is under way gives up its place (Envoy resets such a stream). Stateless.
/// </summary>
internal static class MeshWaiting
{
    // What Envoy's edge profile buffers of a request that has no connection yet; the rest waits in the client's socket.
    private const int MaxHeld = 32 * 1024;

    /// <summary>Waits for a connection.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<Failure> ForAsync(Exchange exchange, MeshState mesh, ValueTask<Failure> waiting)
    {
        ValueTask receiving = default;
        if (mesh.Timeout != 0 && exchange.HasBody && mesh.ReceivedAt < 0 && exchange.RequestBody.IsUntouched)
        {
            receiving = ReceiveAsync(exchange, mesh);
        }

        DropIfClosed(exchange);
        Failure failure = await waiting;
        if (mesh.IsReceiving)
        {
            mesh.IsReceiving = false;
            exchange.RequestBody.CancelWait();
        }

        await receiving;
        return failure;
    }

    /// <summary>Waits for the first answer of a cluster's names, at most as long as an attempt may take to connect.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<Failure> ForNamesAsync(Exchange exchange, MeshState mesh, Cluster cluster)
    {
        if (exchange.Interrupted == Failure.None && await mesh.Pause.WaitAsync(exchange.ConnectTimeout, cluster.FirstAnswer))
        {
            return Failure.NameResolution;
        }

        return exchange.Interrupted;
    }

    /// <summary>An injected delay, or the pause before a further try; ends early when the exchange does.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public static async ValueTask<Failure> PauseAsync(Exchange exchange, MeshState mesh, long milliseconds)
    {
        mesh.IsPausing = true;
        DropIfClosed(exchange);
        if (exchange.Interrupted == Failure.None && milliseconds > 0)
        {
            await mesh.Pause.WaitAsync(milliseconds);
        }

        mesh.IsPausing = false;
        return exchange.Interrupted;
    }

    /// <summary>The client ended its side: whoever only waits is dropped, whoever has an upstream at work is answered.</summary>
    public static void DropIfClosed(Exchange exchange)
    {
        if (exchange.Mesh is { } mesh && (mesh.IsPausing || exchange.Attempt.IsQueued) && !exchange.IsShadow && exchange.Downstream.IsHalfClosed)
        {
            exchange.ClientGone();
        }
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    private static async ValueTask ReceiveAsync(Exchange exchange, MeshState mesh)
    {
        Http1BodySource body = exchange.RequestBody;
        mesh.IsReceiving = true;
        while (mesh.IsReceiving && body is { IsReceived: false, InputEnded: false } && body.Held < MaxHeld)
        {
            long held = body.Held;
            exchange.ClientRead.Begin();
            await body.WaitForMoreAsync();
            exchange.ClientRead.End(body.Held - held);
            if (exchange.Interrupted != Failure.None)
            {
                // The client was too slow: nobody else knows that there is nothing left to wait for.
                mesh.IsReceiving = false;
                exchange.Attempt.CancelWaits();
                return;
            }
        }

        mesh.IsReceiving = false;
        if (body.IsReceived)
        {
            mesh.Received(exchange.Worker.Loop.NowMilliseconds);
        }
    }
}
