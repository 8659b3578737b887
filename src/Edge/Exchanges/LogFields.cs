using System.Text;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// The header fields of a log entry: lower-case names, repeated fields as an array, credentials redacted. Stateless, allocates nothing.
/// </summary>
/// <remarks>
/// Kong shows the request's fields as its plugins left them, without what the proxy adds for the upstream, and the response's fields as the
/// client got them. The block of a request that went out has lost its hop-by-hop fields, Host and Content-Length and gained the forwarded
/// ones, so the former are taken from their removed slots and the latter are passed over.
/// </remarks>
internal static class LogFields
{
    public static void Request(Exchange exchange, EntryJson json)
    {
        HeaderBlock headers = exchange.Request.Headers;
        (int from, int to) = exchange.OwnFields.To != 0 ? exchange.OwnFields : (headers.Count, headers.Count);
        json.Raw("{"u8);
        bool first = true;
        for (int i = 0; i < headers.Count; i++)
        {
            if (IsShown(headers, i, from, to) && !HasEarlier(headers, i, from, to))
            {
                Field(headers, i, from, to, json, ref first, redact: true);
            }
        }

        json.Raw("}"u8);
    }

    public static void Response(Exchange exchange, EntryJson json, in ExchangeTotals totals)
    {
        json.Raw("{"u8);
        if (exchange.ResponseStarted)
        {
            HeaderBlock headers = exchange.Response.Headers;
            bool first = true;
            for (int i = 0; i < headers.Count; i++)
            {
                if (IsShown(headers, i, 0, 0) && !HasEarlier(headers, i, 0, 0) && !IsOwn(exchange, headers, i))
                {
                    Field(headers, i, 0, 0, json, ref first, redact: false);
                }
            }

            Own(exchange, json, in totals, ref first);
        }

        json.Raw("}"u8);
    }

    // Ours stand in place of the upstream's of the same name: a reader of JSON knows each name once.
    private static bool IsOwn(Exchange exchange, HeaderBlock headers, int index)
    {
        GatewayFields fields = exchange.Snapshot.Options.Fields;
        return headers.Known(index) switch
        {
            KnownHeader.ContentLength => exchange.ResponseLength >= 0,
            KnownHeader.Connection => true,
            KnownHeader.TransferEncoding => exchange.ResponseBody.Kind == BodyKind.Chunked,
            KnownHeader.Via => exchange.FromUpstream && fields.Via,
            KnownHeader.Server => !exchange.FromUpstream && fields.Server,
            _ => IsOwnName(exchange, fields, headers.Name(index)),
        };
    }

    private static bool IsOwnName(Exchange exchange, GatewayFields fields, ReadOnlySpan<byte> name)
    {
        if (!name.StartsWith("x-"u8) && !name.StartsWith("X-"u8))
        {
            return false;
        }

        if (Ascii.EqualsIgnoreCase(name, "x-kong-request-id"u8))
        {
            return fields.RequestId;
        }

        return exchange.FromUpstream
            ? (fields.UpstreamLatency && Ascii.EqualsIgnoreCase(name, "x-kong-upstream-latency"u8))
                || (fields.ProxyLatency && Ascii.EqualsIgnoreCase(name, "x-kong-proxy-latency"u8))
            : fields.ResponseLatency && Ascii.EqualsIgnoreCase(name, "x-kong-response-latency"u8);
    }

    // What the responder writes behind the block, under the same conditions.
    private static void Own(Exchange exchange, EntryJson json, in ExchangeTotals totals, ref bool first)
    {
        GatewayFields fields = exchange.Snapshot.Options.Fields;
        Text(json, "date"u8, exchange.Response.Headers.Contains(KnownHeader.Date) ? default : exchange.Worker.Date, ref first);
        Number(json, "content-length"u8, exchange.ResponseLength, ref first);
        Text(json, "transfer-encoding"u8, exchange.ResponseBody.Kind == BodyKind.Chunked ? "chunked"u8 : default, ref first);
        Text(json, "connection"u8, exchange.Status == 101 ? "upgrade"u8 : exchange.KeepAlive ? "keep-alive"u8 : "close"u8, ref first);
        if (exchange.FromUpstream)
        {
            Number(json, "x-kong-upstream-latency"u8, fields.UpstreamLatency ? Math.Max(0, totals.UpstreamMs) : -1, ref first);
            Number(json, "x-kong-proxy-latency"u8, fields.ProxyLatency ? Math.Max(0, totals.KongMs) : -1, ref first);
            Text(json, "via"u8, fields.Via ? fields.ProductUtf8.Span : default, ref first);
        }
        else
        {
            Number(json, "x-kong-response-latency"u8, fields.ResponseLatency ? Math.Max(0, totals.KongMs) : -1, ref first);
            Text(json, "server"u8, fields.Server ? fields.ProductUtf8.Span : default, ref first);
        }

        Text(json, "x-kong-request-id"u8, fields.RequestId ? exchange.RequestId : default, ref first);
    }

    private static void Text(EntryJson json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref bool first)
    {
        if (!value.IsEmpty)
        {
            Name(json, name, ref first);
            json.Text(value);
        }
    }

    private static void Number(EntryJson json, ReadOnlySpan<byte> name, long value, ref bool first)
    {
        if (value >= 0)
        {
            Name(json, name, ref first);
            json.Raw("\""u8);
            json.Number(value);
            json.Raw("\""u8);
        }
    }

    private static void Field(HeaderBlock headers, int index, int from, int to, EntryJson json, ref bool first, bool redact)
    {
        ReadOnlySpan<byte> name = headers.Name(index);
        Name(json, name, ref first);
        if (redact && (headers.Known(index) == KnownHeader.Authorization || Ascii.EqualsIgnoreCase(name, "proxy-authorization"u8)))
        {
            json.Raw("\"REDACTED\""u8);
            return;
        }

        int next = NextShown(headers, index, from, to);
        if (next < 0)
        {
            json.Text(headers.Value(index));
            return;
        }

        json.Raw("["u8);
        json.Text(headers.Value(index));
        for (; next >= 0; next = NextShown(headers, next, from, to))
        {
            json.Raw(","u8);
            json.Text(headers.Value(next));
        }

        json.Raw("]"u8);
    }

    private static void Name(EntryJson json, ReadOnlySpan<byte> name, ref bool first)
    {
        json.Raw(first ? default : ","u8);
        first = false;
        json.Lower(name);
        json.Raw(":"u8);
    }

    private static bool HasEarlier(HeaderBlock headers, int index, int from, int to)
    {
        for (int i = 0; i < index; i++)
        {
            if (IsSame(headers, i, index) && IsShown(headers, i, from, to))
            {
                return true;
            }
        }

        return false;
    }

    private static int NextShown(HeaderBlock headers, int index, int from, int to)
    {
        for (int i = index + 1; i < headers.Count; i++)
        {
            if (IsSame(headers, i, index) && IsShown(headers, i, from, to))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsSame(HeaderBlock headers, int a, int b)
    {
        KnownHeader known = headers.Known(a);
        return known == headers.Known(b) && (known != KnownHeader.None || Ascii.EqualsIgnoreCase(headers.Name(a), headers.Name(b)));
    }

    private static bool IsShown(HeaderBlock headers, int index, int from, int to)
    {
        if (index >= from && index < to)
        {
            return false;
        }

        return !headers.IsRemoved(index)
            || (index < from && headers.IsParsed(index) && headers.Known(index) is KnownHeader.Host or KnownHeader.ContentLength
                or KnownHeader.Connection or KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.TE or KnownHeader.Trailer
                or KnownHeader.TransferEncoding or KnownHeader.Upgrade);
    }
}
