using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// What Envoy's connection manager makes of a request head before it is routed, in its edge profile (mesh.md section 15;
/// <c>envoy: source/common/http/conn_manager_utility.cc</c>): who the client is, what an external client may not say, the forwarded fields,
/// the request id. Stateless, allocates nothing for one line of X-Forwarded-For.
/// </summary>
internal static class MeshSanitizer
{
    // Entries of X-Forwarded-For looked at, as everywhere.
    private const int MaxWalk = 64;

    public static void Clean(Exchange exchange, MeshState mesh)
    {
        HeaderBlock headers = exchange.Request.Headers;
        HopByHopFields.Strip(headers);
        int hops = exchange.Snapshot.Mesh.TrustedHops;
        ClientAddress peer = exchange.Connection.PeerAddress;
        ClientAddress client = hops == 0 ? peer : Hop(headers, hops, peer);
        exchange.Client = new Policies.Transformation.ResolvedClient(client, hops > 0);
        bool makesId = exchange.Snapshot.Mesh.OwnFields.RequestId;
        Strip(headers, trusted: hops > 0, keepsId: hops > 0 && !makesId);
        Span<byte> text = stackalloc byte[ClientAddress.MaxTextLength];
        AppendPeer(headers, text[..peer.Format(text)]);
        mesh.IsHttps = Scheme(exchange, headers, trusted: hops > 0);
        if (makesId)
        {
            WriteRequestId(exchange, headers);
        }

        int length = client.Format(text);
        if (length != 0)
        {
            headers.Add("x-envoy-external-address"u8, text[..length]);
        }
    }

    // Fields that only a gateway writes. Of a trusted hop what it says of the client stays.
    private static void Strip(HeaderBlock headers, bool trusted, bool keepsId)
    {
        int count = headers.Count;
        for (int i = 0; i < count; i++)
        {
            if (headers.IsRemoved(i))
            {
                continue;
            }

            bool remove = headers.Known(i) switch
            {
                KnownHeader.XForwardedHost or KnownHeader.XForwardedPort or KnownHeader.XForwardedPath or KnownHeader.XForwardedPrefix
                    or KnownHeader.XRealIP or KnownHeader.Forwarded => !trusted,
                KnownHeader.XRequestId => !keepsId,
                KnownHeader.ProxyAuthorization => true,
                KnownHeader.None => IsGatewayField(headers.Name(i)),
                _ => false,
            };
            if (remove)
            {
                headers.RemoveAt(i);
            }
        }
    }

    private static bool IsGatewayField(ReadOnlySpan<byte> name) =>
        name.Length > 2 && (name[0] | 0x20) == 'x' && name[1] == '-'
        && ((name.Length > 8 && Ascii.EqualsIgnoreCase(name[..8], "x-envoy-"u8)) || Ascii.EqualsIgnoreCase(name, "x-forwarded-client-cert"u8));

    // Always extended; several lines become one list with the connecting address at its end.
    private static void AppendPeer(HeaderBlock headers, ReadOnlySpan<byte> peer)
    {
        int first = headers.IndexOf(KnownHeader.XForwardedFor);
        if (first < 0)
        {
            if (!peer.IsEmpty)
            {
                headers.Add(KnownHeader.XForwardedFor, peer);
            }

            return;
        }

        for (int next = headers.NextSame(first); next >= 0; next = headers.NextSame(first))
        {
            ReadOnlySpan<byte> value = headers.Value(next);
            byte[] copy = ArrayPool<byte>.Shared.Rent(value.Length);
            value.CopyTo(copy);
            headers.AppendValue(first, ", "u8, copy.AsSpan(0, value.Length));
            headers.RemoveAt(next);
            ArrayPool<byte>.Shared.Return(copy);
        }

        if (!peer.IsEmpty)
        {
            headers.AppendValue(first, headers.Value(first).IsEmpty ? default : ", "u8, peer);
        }
    }

    // The address that many hops from the right; the peer where the list is shorter or that entry is no address.
    private static ClientAddress Hop(HeaderBlock headers, int hops, ClientAddress peer)
    {
        int lines = 0;
        Span<int> indexes = stackalloc int[MaxWalk];
        for (int i = headers.IndexOf(KnownHeader.XForwardedFor); i >= 0 && lines < MaxWalk; i = headers.NextSame(i))
        {
            indexes[lines++] = i;
        }

        int left = hops;
        while (lines > 0 && left <= MaxWalk)
        {
            ReadOnlySpan<byte> rest = headers.Value(indexes[--lines]);
            while (!rest.IsEmpty)
            {
                int comma = rest.LastIndexOf((byte)',');
                ReadOnlySpan<byte> entry = rest[(comma + 1)..].Trim(" \t"u8);
                rest = comma < 0 ? default : rest[..comma];
                if (!ClientAddress.TryParse(entry, out ClientAddress address))
                {
                    return peer;
                }

                if (--left == 0)
                {
                    return address;
                }
            }
        }

        return peer;
    }

    // A client cannot claim https; a trusted hop that ended TLS can.
    private static bool Scheme(Exchange exchange, HeaderBlock headers, bool trusted)
    {
        bool isTls = exchange.Connection.IsTls;
        ReadOnlySpan<byte> told = headers.FirstValue(KnownHeader.XForwardedProto);
        if (trusted && (Ascii.EqualsIgnoreCase(told, "https"u8) || Ascii.EqualsIgnoreCase(told, "http"u8)))
        {
            return told.Length == 5;
        }

        headers.Set(KnownHeader.XForwardedProto, isTls ? "https"u8 : "http"u8);
        return isTls;
    }

    // Version 4; the fifteenth character tells how the request is traced, and 4 says that it is not.
    private static void WriteRequestId(Exchange exchange, HeaderBlock headers)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, exchange.Worker.RequestIds.Next());
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], exchange.Worker.RequestIds.Next());
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        Span<byte> id = stackalloc byte[MeshState.RequestIdLength];
        new Guid(bytes, bigEndian: true).TryFormat(id, out _);
        headers.Add(KnownHeader.XRequestId, id);
    }
}
