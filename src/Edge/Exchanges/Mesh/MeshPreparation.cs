using System.Buffers;
using System.Buffers.Text;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// Step 7: the head that goes to the upstream, in the order of Envoy's router (<c>finalizeRequestHeaders</c>): header changes, authority, path;
/// and the times that the exchange has. Stateless.
/// </summary>
internal static class MeshPreparation
{
    // gRPC: at most eight digits and a unit.
    private const int MaxGrpcTimeout = 9;

    public static void Prepare(Exchange exchange, MeshState mesh)
    {
        MeshRoutePlan route = mesh.Route!;
        MeshDestinationPlan destination = mesh.Destination!;
        MeshClusterPlan cluster = destination.Cluster!;
        exchange.Cluster = cluster.Cluster;
        exchange.ConnectTimeout = cluster.ConnectTimeout;
        FixTimes(exchange, mesh, route);
        WriteTimes(exchange, mesh, 0);
        HeaderBlock headers = exchange.Request.Headers;
        if (exchange.Snapshot.Mesh.OwnFields.AttemptCount)
        {
            headers.Set("x-envoy-attempt-count"u8, "1"u8);
        }

        if (!destination.RequestHeaders.IsNone)
        {
            MeshRequest facts = mesh.Facts(exchange.Request);
            HeaderBlockEdits edits = new(headers);
            MeshValues values = new(exchange);
            destination.RequestHeaders.ApplyRequest(ref edits, in facts, ref values);
        }

        // Framing and connection are ours to state, whatever a change said.
        Drop(headers, KnownHeader.ContentLength);
        Drop(headers, KnownHeader.TransferEncoding);
        Drop(headers, KnownHeader.Connection);
        exchange.KeepsHost = true;
        if (destination.AuthorityUtf8.Length != 0)
        {
            headers.Set(KnownHeader.Host, destination.AuthorityUtf8);
        }

        WriteTarget(exchange, mesh, route);
        MeshHash.Compute(exchange, route);
    }

    /// <summary>What a further attempt says of itself: its number, and the time that is left.</summary>
    public static void WriteRetry(Exchange exchange, MeshState mesh)
    {
        if (exchange.Snapshot.Mesh.OwnFields.AttemptCount)
        {
            Span<byte> digits = stackalloc byte[11];
            Utf8Formatter.TryFormat(exchange.Attempt.Number, digits, out int length);
            exchange.Request.Headers.Set("x-envoy-attempt-count"u8, digits[..length]);
        }

        WriteTimes(exchange, mesh, mesh.ReceivedAt < 0 ? 0 : exchange.Worker.Loop.NowMilliseconds - mesh.ReceivedAt);
    }

    private static void Drop(HeaderBlock headers, KnownHeader name)
    {
        if (headers.Contains(name))
        {
            headers.Remove(name);
        }
    }

    private static void WriteTarget(Exchange exchange, MeshState mesh, MeshRoutePlan route)
    {
        ReadOnlySpan<byte> target = mesh.PathAndQuery(exchange.Request);
        if (route.Rewrite is { } rewrite)
        {
            mesh.Scratch.ResetWrittenCount();
            if (!rewrite.TryWrite(target, mesh.Scratch))
            {
                mesh.Scratch.Write(target);
            }

            // Envoy tells the old path whether the new one differs or not. It may lie in the block that is edited: the edit copies what it is given.
            if (exchange.Snapshot.Mesh.OwnFields.Debug)
            {
                exchange.Request.Headers.Add("x-envoy-original-path"u8, target);
            }

            target = mesh.Scratch.WrittenSpan;
        }

        // A rewrite may leave nothing in front of the query, or no slash.
        bool rooted = target.Length != 0 && target[0] is (byte)'/' or (byte)'*';
        int at = rooted ? 0 : 1;
        Span<byte> room = exchange.TargetRoom(target.Length + at);
        room[0] = (byte)'/';
        target.CopyTo(room[at..]);
        exchange.TargetLength = target.Length + at;
    }

    private static void FixTimes(Exchange exchange, MeshState mesh, MeshRoutePlan route)
    {
        RetryPolicy retries = route.RetryPolicy;
        mesh.Timeout = route.Timeout;
        HeaderBlock headers = exchange.Request.Headers;
        if (mesh.IsGrpc && GrpcTimeout(headers) is > 0 and long asked)
        {
            // The header holds without a cap where the route has no timeout.
            mesh.Timeout = route.Timeout == 0 ? asked : Math.Min(asked, route.Timeout);
        }

        mesh.TryTimeout = retries.PerTryTimeout > 0 && (mesh.Timeout == 0 || retries.PerTryTimeout < mesh.Timeout) ? retries.PerTryTimeout : 0;
        mesh.Retry.Begin(retries);
    }

    // The upstream learns how long this attempt is waited for, a gRPC one in gRPC's own words (setTimeoutHeaders).
    private static void WriteTimes(Exchange exchange, MeshState mesh, long elapsed)
    {
        long expected = mesh.TryTimeout != 0 ? mesh.TryTimeout : mesh.Timeout;
        if (expected == 0)
        {
            return;
        }

        if (mesh.Timeout != 0)
        {
            // No time at all would mean any time.
            expected = Math.Max(1, Math.Min(expected, mesh.Timeout - elapsed));
        }

        HeaderBlock headers = exchange.Request.Headers;
        Span<byte> text = stackalloc byte[20];
        if (exchange.Snapshot.Mesh.OwnFields.Debug)
        {
            Utf8Formatter.TryFormat(expected, text, out int length);
            headers.Set("x-envoy-expected-rq-timeout-ms"u8, text[..length]);
        }

        if (mesh.IsGrpc)
        {
            headers.Set(KnownHeader.GrpcTimeout, text[..GrpcReply.WriteTimeout(expected, text)]);
        }
    }

    /// <summary>Milliseconds that a gRPC client gives, or 0.</summary>
    internal static long GrpcTimeout(HeaderBlock headers)
    {
        ReadOnlySpan<byte> value = headers.FirstValue(KnownHeader.GrpcTimeout);
        if (value.Length is < 2 or > MaxGrpcTimeout || !Utf8Parser.TryParse(value, out long number, out int used) || used != value.Length - 1 || number < 0)
        {
            return 0;
        }

        return value[^1] switch
        {
            (byte)'H' => number * 3_600_000,
            (byte)'M' => number * 60_000,
            (byte)'S' => number * 1000,
            (byte)'m' => number,
            (byte)'u' => (number + 999) / 1000,
            (byte)'n' => (number + 999_999) / 1_000_000,
            _ => 0,
        };
    }
}
