using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>Counts how often a request passed this gateway, by its pseudonym in Via (RFC 9110 section 7.6.3). Stateless.</summary>
internal static class Hops
{
    /// <summary>Names this gateway in the request's Via, behind those that came before (Kong 3.8's shape).</summary>
    public static void Add(HeaderBlock headers, ReadOnlySpan<byte> hop)
    {
        int index = headers.IndexOf(KnownHeader.Via);
        if (index < 0)
        {
            headers.Add(KnownHeader.Via, hop);
            return;
        }

        // The last line of a list field is its end.
        for (int next = headers.NextSame(index); next >= 0; next = headers.NextSame(next))
        {
            index = next;
        }

        ReadOnlySpan<byte> before = headers.Value(index);
        byte[] joined = System.Buffers.ArrayPool<byte>.Shared.Rent(before.Length + 2 + hop.Length);
        before.CopyTo(joined);
        ", "u8.CopyTo(joined.AsSpan(before.Length));
        hop.CopyTo(joined.AsSpan(before.Length + 2));
        headers.SetValue(index, joined.AsSpan(0, before.Length + 2 + hop.Length));
        System.Buffers.ArrayPool<byte>.Shared.Return(joined);
    }

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
