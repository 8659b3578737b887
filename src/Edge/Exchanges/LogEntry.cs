using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// One finished exchange as the JSON object of Kong's log plugins (<c>kong/pdk/log.lua</c>), with the fields that later 3.x releases added.
/// Stateless; allocates nothing.
/// </summary>
internal static class LogEntry
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    public static void Write(Exchange exchange, QueueEntry entry, in ExchangeTotals totals)
    {
        EntryJson json = new(entry);
        Request(exchange, json, totals.Received);
        json.Raw(",\"response\":{\"status\":"u8);
        json.Number(exchange.Status);
        json.Raw(",\"headers\":"u8);
        LogFields.Response(exchange, json, in totals);
        json.Raw(",\"size\":"u8);
        json.Number(totals.Sent);
        json.Raw("},\"latencies\":{\"kong\":"u8);
        json.Number(totals.KongMs);
        json.Raw(",\"proxy\":"u8);
        json.Number(totals.UpstreamMs);
        json.Raw(",\"request\":"u8);
        json.Number(totals.RequestMs);
        json.Raw(",\"receive\":"u8);
        json.Number(totals.UpstreamMs < 0 ? 0 : Math.Max(0, totals.RequestMs - totals.KongMs - totals.UpstreamMs));
        json.Raw("}"u8);
        Tries(exchange, json);
        json.Raw(",\"upstream_uri\":"u8);
        json.Text(exchange.UpstreamTarget);
        UpstreamStatus(exchange, json);
        Span<byte> address = stackalloc byte[ClientAddress.MaxTextLength];
        json.Raw(",\"client_ip\":"u8);
        json.Text(address[..Settlement.ClientOf(exchange).Format(address)]);
        json.Raw(",\"started_at\":"u8);
        json.Number(exchange.StartedUnixMilliseconds);
        Entities(exchange, json);
        json.Raw(exchange.FromUpstream ? ",\"source\":\"upstream\""u8 : ",\"source\":\"kong\""u8);
        json.Raw(",\"workspace\":\"0dc6f45b-8f8d-40d2-a504-473544ee190b\",\"workspace_name\":\"default\"}"u8);
    }

    private static void Request(Exchange exchange, EntryJson json, long received)
    {
        RequestHead request = exchange.Request;
        json.Raw("{\"request\":{\"id\":"u8);
        json.Text(exchange.RequestId);
        json.Raw(",\"method\":"u8);
        json.Text(request.MethodBytes);
        json.Raw(",\"uri\":"u8);
        json.Text(request.Target);
        json.Raw(exchange.Connection.IsTls ? ",\"url\":\"https://"u8 : ",\"url\":\"http://"u8);
        json.LowerPart(exchange.HostWithoutPort);
        json.Raw(":"u8);
        json.Number(exchange.Connection.ListenerPort);
        json.Part(request.Target);
        json.Raw("\",\"size\":"u8);
        json.Number(received);
        json.Raw(",\"querystring\":"u8);
        LogQuery.Write(exchange.QueryWithoutMark, json);
        json.Raw(",\"headers\":"u8);
        LogFields.Request(exchange, json);
        if (exchange.Connection.Tls is { } tls)
        {
            // Clients are not asked for a certificate.
            json.Raw(",\"tls\":{\"version\":"u8);
            json.Text(tls.Version.Span);
            json.Raw(",\"cipher\":"u8);
            json.Text(tls.Cipher.Span);
            json.Raw(",\"client_verify\":\"NONE\"}"u8);
        }

        json.Raw("}"u8);
    }

    // Present once a route was found, empty when a plugin answered before any try.
    private static void Tries(Exchange exchange, EntryJson json)
    {
        if (exchange.Route is null)
        {
            return;
        }

        json.Raw(",\"tries\":["u8);
        bool first = true;
        foreach (ref readonly AttemptRecord attempt in exchange.Attempt.Records)
        {
            ReadOnlySpan<byte> name = attempt.Endpoint.NameUtf8.Span;
            int colon = name.LastIndexOf((byte)':');
            json.Raw(first ? "{\"ip\":"u8 : ",{\"ip\":"u8);
            json.Text(name[..colon].Trim("[]"u8));
            json.Raw(",\"port\":"u8);
            json.Raw(name[(colon + 1)..]);
            json.Raw(",\"balancer_start\":"u8);
            json.Number(attempt.UnixMilliseconds);
            json.Raw(",\"balancer_start_ns\":"u8);
            json.Number(attempt.UnixMilliseconds * NanosecondsPerMillisecond);
            json.Raw(",\"balancer_latency\":"u8);
            json.Number(attempt.Choice);
            json.Raw(",\"balancer_latency_ns\":"u8);
            json.Number(attempt.Choice * NanosecondsPerMillisecond);
            if (attempt.FailureStatus != 0)
            {
                json.Raw(",\"state\":\"failed\",\"code\":"u8);
                json.Number(attempt.FailureStatus);
            }

            json.Raw("}"u8);
            first = false;
        }

        json.Raw("]"u8);
    }

    // As nginx lists it: one status per try, "-" for one that ended without.
    private static void UpstreamStatus(Exchange exchange, EntryJson json)
    {
        json.Raw(",\"upstream_status\":\""u8);
        ReadOnlySpan<AttemptRecord> attempts = exchange.Attempt.Records;
        for (int i = 0; i < attempts.Length; i++)
        {
            if (i != 0)
            {
                json.Raw(", "u8);
            }

            int status = attempts[i].FailureStatus != 0 ? attempts[i].FailureStatus
                : i == attempts.Length - 1 && exchange.FromUpstream ? exchange.Response.Status
                : 0;
            if (status != 0)
            {
                json.Number(status);
            }
            else
            {
                json.Raw("-"u8);
            }
        }

        json.Raw("\""u8);
    }

    private static void Entities(Exchange exchange, EntryJson json)
    {
        if (exchange.Route is { } route && !route.LogJson.IsEmpty)
        {
            json.Raw(",\"route\":"u8);
            json.Raw(route.LogJson.Span);
            if (route.Service is { } service)
            {
                json.Raw(",\"service\":"u8);
                json.Raw(service.LogJson.Span);
            }
        }

        if (exchange.Identity is not { } identity)
        {
            return;
        }

        if (identity.Consumer is { } consumer && exchange.Snapshot.ConsumerLogJson.TryGetValue(consumer.Id, out byte[]? known))
        {
            json.Raw(",\"consumer\":"u8);
            json.Raw(known);
        }

        if (identity.CredentialId is not null)
        {
            json.Raw(",\"authenticated_entity\":{\"id\":"u8);
            json.Text(identity.CredentialIdUtf8);
            if (identity.Consumer is { } owner)
            {
                json.Raw(",\"consumer_id\":"u8);
                json.Text(owner.IdUtf8);
            }

            json.Raw("}"u8);
        }
    }
}
