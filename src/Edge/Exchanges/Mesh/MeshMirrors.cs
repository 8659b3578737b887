using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// Copies of requests to other clusters (mesh.md section 3.5 and section 20, item 12): each an exchange of its own without a client, sent once,
/// whose answer nobody reads. A copy never delays or fails the request it is made of; what is over the bounds is dropped and counted. Stateless.
/// </summary>
internal static class MeshMirrors
{
    /// <summary>Copies that may be under way on one loop.</summary>
    public const int MaxPerLoop = 256;

    // A copy whose route has no timeout does not last for ever.
    private const int DefaultTimeout = 15_000;

    /// <summary>Sends what the route wants copied; called once, when the whole request is there.</summary>
    public static void Send(Exchange exchange, MeshState mesh)
    {
        if (exchange.Request.IsWebSocketUpgrade)
        {
            return;
        }

        foreach (MeshMirrorPlan mirror in mesh.Route!.Mirrors)
        {
            if (mirror.Destination is not { Cluster: { } cluster, Denied: null } || !mirror.Share.Hits(exchange.Worker.RequestIds.Next()))
            {
                continue;
            }

            EdgeWorker worker = exchange.Worker;
            if (worker.Shadows.Count >= MaxPerLoop || (exchange.HasBody && !exchange.Replay.IsComplete))
            {
                worker.Metrics.LimitHit(Telemetry.LimitKind.Mirrors);
                continue;
            }

            Exchange shadow = Copy(exchange, mesh, mirror.Destination, cluster);
            worker.Shadows.Add(shadow);
            _ = RunAsync(shadow);
        }
    }

    private static Exchange Copy(Exchange exchange, MeshState mesh, MeshDestinationPlan destination, MeshClusterPlan cluster)
    {
        Exchange shadow = exchange.Worker.Rent();
        shadow.IsShadow = true;
        shadow.EnterMesh(mesh.Entry);
        shadow.Snapshot = exchange.Snapshot;
        shadow.Options = exchange.Options;
        shadow.Connection = exchange.Connection;
        shadow.Client = exchange.Client;
        shadow.Downstream = exchange.Downstream;
        shadow.StartedAt = exchange.Worker.Loop.NowMilliseconds;
        shadow.Request.CopyFrom(exchange.Request);
        shadow.Cluster = cluster.Cluster;
        shadow.ConnectTimeout = cluster.ConnectTimeout;
        MeshState state = shadow.Mesh!;
        state.Route = mesh.Route;
        state.Destination = destination;
        state.Timeout = mesh.Timeout != 0 ? mesh.Timeout : DefaultTimeout;
        HeaderBlock headers = shadow.Request.Headers;
        if (headers.IndexOf("x-envoy-attempt-count"u8) >= 0)
        {
            headers.Set("x-envoy-attempt-count"u8, "1"u8);
        }

        headers.Remove(KnownHeader.Expect);
        WriteHost(headers, state);
        shadow.KeepsHost = true;
        ReadOnlySpan<byte> target = exchange.UpstreamTarget;
        target.CopyTo(shadow.TargetRoom(target.Length));
        shadow.TargetLength = target.Length;
        if (exchange.HasBody)
        {
            ReadOnlySpan<byte> body = exchange.Replay.Bytes.Span;
            shadow.Collected = ArrayPool<byte>.Shared.Rent(Math.Max(1, body.Length));
            body.CopyTo(shadow.Collected);
            shadow.CollectedLength = body.Length;
        }

        MeshHash.Compute(shadow, mesh.Route!);
        return shadow;
    }

    // example.com:8080 becomes example.com-shadow:8080 (envoy: source/common/router/shadow_writer_impl.cc).
    private static void WriteHost(HeaderBlock headers, MeshState state)
    {
        ReadOnlySpan<byte> host = headers.FirstValue(KnownHeader.Host);
        int colon = host.LastIndexOf((byte)':');
        int name = colon > host.LastIndexOf((byte)']') ? colon : host.Length;
        state.Scratch.ResetWrittenCount();
        state.Scratch.Write(host[..name]);
        state.Scratch.Write("-shadow"u8);
        state.Scratch.Write(host[name..]);
        headers.Set(KnownHeader.Host, state.Scratch.WrittenSpan);
    }

    private static async Task RunAsync(Exchange shadow)
    {
        EdgeWorker worker = shadow.Worker;
        try
        {
            shadow.ProxiedAt = worker.Loop.NowMilliseconds;
            shadow.UpstreamRead.Reset(shadow.Options.StreamIdleTimeout);
            shadow.UpstreamWrite.Reset(shadow.Options.StreamIdleTimeout);
            shadow.Mesh!.Received(worker.Loop.NowMilliseconds);
            await TryAsync(shadow);
        }
        catch (Exception exception)
        {
            // The outermost frame of a copy: it has no client to tell, and the request it was made of is not concerned.
            worker.Crashed(shadow, exception);
        }
        finally
        {
            shadow.Mesh!.Stop();
            await AttemptSteps.EndSendingAsync(shadow);
            AttemptSteps.ReturnLease(shadow, reusable: false);
            worker.Shadows.Remove(shadow);
            worker.Return(shadow);
        }
    }

    private static async Task TryAsync(Exchange shadow)
    {
        if (await AttemptSteps.ChooseAsync(shadow, shadow.Cluster!) != Failure.None)
        {
            return;
        }

        bool connected = false;
        shadow.Attempt.BeginCounting(shadow.Worker.Loop.NowMilliseconds);
        Failure failure = await AttemptSteps.AcquireAsync(shadow, fresh: false);
        if (failure == Failure.None)
        {
            connected = true;
            failure = await AttemptSteps.SendAsync(shadow);
            if (failure == Failure.None)
            {
                AttemptReport.Answered(shadow);
                await AttemptSteps.EndSendingAsync(shadow);
                AttemptSteps.ReturnLease(shadow, await DiscardAsync(shadow));
                return;
            }

            await AttemptSteps.EndSendingAsync(shadow);
            AttemptSteps.Abandon(shadow, failure);
        }

        AttemptReport.Failed(shadow, failure == Failure.RouteTimeout && !connected ? Failure.None : failure);
        shadow.Attempt.EndCounting();
    }

    // True when the connection is as good as new.
    private static async Task<bool> DiscardAsync(Exchange shadow)
    {
        Http1BodySource body = shadow.Attempt.ResponseBody;
        while (true)
        {
            switch (body.TryRead(out _))
            {
                case BodyEvent.Data:
                    body.Advance();
                    break;
                case BodyEvent.Blocked:
                    shadow.UpstreamRead.Begin();
                    await body.WaitAsync();
                    shadow.UpstreamRead.End(body.LastReadBytes);
                    break;
                case BodyEvent.End:
                    return shadow.Response.KeepAlive && !body.HasLeftOver && shadow.SendOutcome == RelayOutcome.Done && !shadow.StopsSending;
                default:
                    return false;
            }
        }
    }
}
