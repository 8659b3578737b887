using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>Counts how often a request passed this gateway, by its pseudonym in Via (RFC 9110 section 7.6.3). Stateless.</summary>
internal static class Hops
{
    public static bool Exceeded(Exchange exchange)
    {
        HeaderBlock headers = exchange.Request.Headers;
        int index = headers.IndexOf(KnownHeader.Via);
        if (index < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> pseudonym = exchange.Snapshot.Options.Fields.ProductUtf8.Span;
        int seen = 0;
        for (; index >= 0; index = headers.NextSame(index))
        {
            ReadOnlySpan<byte> value = headers.Value(index);
            for (int at = value.IndexOf(pseudonym); at >= 0; at = value.IndexOf(pseudonym))
            {
                seen++;
                value = value[(at + pseudonym.Length)..];
            }
        }

        if (seen <= exchange.Snapshot.Options.MaxHops)
        {
            return false;
        }

        exchange.Worker.Metrics.LimitHit(Telemetry.LimitKind.Hops);
        return true;
    }
}
