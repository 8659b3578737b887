using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// The key of an exchange for clusters that hash: the first input, else the fallback, else the empty key, so that everything without a value
/// goes to one endpoint (<c>kong/runloop/balancer/init.lua</c>). Computed once per exchange; allocates nothing.
/// </summary>
internal static class HashKey
{
    /// <summary>Hash of the key. A cookie the client lacks is made here and set by the answer.</summary>
    public static ulong Compute(Exchange exchange, HashInputs inputs)
    {
        Span<byte> room = stackalloc byte[256];
        KeyBuffer key = new(room);
        Read(exchange, inputs, ref key);
        uint hash = XxHash32.Compute(key.Written);
        key.Dispose();
        return hash;
    }

    /// <summary>
    /// The hash of a key of the mesh, for a service whose host has a DestinationRule; false when the request lacks it. A cookie with a lifetime that the
    /// client lacks is made here and set by the answer.
    /// </summary>
    public static bool TryCompute(Exchange exchange, RequestKey key, out ulong hash)
    {
        HeaderBlockEdits headers = new(exchange.Request.Headers);
        switch (key.Kind)
        {
            case RequestKeyKind.Header:
                return RequestKeyHash.TryHeader(key.NameUtf8, ref headers, out hash);
            case RequestKeyKind.Cookie:
                if (!RequestKeyHash.TryCookie(key.NameUtf8, ref headers, out hash))
                {
                    hash = key.CookieTtl is null ? 0 : KeyCookie.Make(exchange, key);
                    return key.CookieTtl is not null;
                }

                return true;
            case RequestKeyKind.QueryParameter:
                return RequestKeyHash.TryQueryParameter(key.NameUtf8, exchange.QueryWithoutMark, out hash);
            default:
                KeyBuffer address = new(stackalloc byte[ClientAddress.MaxTextLength]);
                AppendAddress(exchange, ref address);
                hash = RequestKeyHash.OfAddress(address.Written);
                address.Dispose();
                return true;
        }
    }

    /// <summary>The key itself. Returns which input gave it; none when both are absent.</summary>
    public static HashInput? Read(Exchange exchange, HashInputs inputs, ref KeyBuffer key)
    {
        if (TryRead(exchange, inputs, inputs.First, ref key))
        {
            return inputs.First;
        }

        return TryRead(exchange, inputs, inputs.Fallback, ref key) ? inputs.Fallback : null;
    }

    /// <summary>Adds the cookie to the answer's head, in place of one of that name that the upstream sets.</summary>
    public static void SetCookie(Exchange exchange, HeaderBlock headers)
    {
        HashInputs inputs = exchange.SetsHashCookie!;
        ReadOnlySpan<byte> name = (inputs.First.Kind == HashInputKind.Cookie ? inputs.First : inputs.Fallback).NameUtf8;
        Span<byte> room = stackalloc byte[256];
        KeyBuffer field = new(room);
        field.Append(name);
        field.Append("="u8);
        int prefix = field.Written.Length;
        field.Append(exchange.HashCookie);
        field.Append("; Path="u8);
        field.Append(inputs.CookiePathUtf8);
        field.Append("; Same-Site=Lax; HttpOnly"u8);
        for (int i = headers.IndexOf("Set-Cookie"u8); i >= 0; i = headers.NextSame(i))
        {
            if (headers.Value(i).StartsWith(field.Written[..prefix]))
            {
                headers.SetValue(i, field.Written);
                field.Dispose();
                return;
            }
        }

        headers.Add("Set-Cookie"u8, field.Written);
        field.Dispose();
    }

    private static bool TryRead(Exchange exchange, HashInputs inputs, HashInput input, ref KeyBuffer key)
    {
        HeaderBlockEdits headers = new(exchange.Request.Headers);
        switch (input.Kind)
        {
            case HashInputKind.Consumer:
                ReadOnlySpan<byte> id = exchange.Identity is not { } identity ? default
                    : identity.Consumer is { } consumer ? consumer.IdUtf8 : identity.CredentialIdUtf8;
                key.Append(id);
                return !id.IsEmpty;
            case HashInputKind.Ip:
                AppendAddress(exchange, ref key);
                return true;
            case HashInputKind.Header:
                return HashValues.TryHeader(input.NameUtf8, ref headers, ref key);
            case HashInputKind.Cookie:
                if (!HashValues.TryCookie(input.NameUtf8, ref headers, ref key))
                {
                    Guid.NewGuid().TryFormat(exchange.HashCookie, out _);
                    key.Append(exchange.HashCookie);
                    exchange.SetsHashCookie = inputs;
                }

                return true;
            case HashInputKind.Path:
                key.AppendDecoded(exchange.Path, plusIsSpace: false);
                return true;
            case HashInputKind.QueryArgument:
                return HashValues.TryQueryArgument(input.NameUtf8, exchange.QueryWithoutMark, ref key);
            case HashInputKind.UriCapture:
                if (exchange.Match.Captures is { } captures && captures.TryGet(input.Name, out ReadOnlySpan<byte> capture))
                {
                    key.Append(capture);
                    return true;
                }

                return false;
            default:
                return false;
        }
    }

    private static void AppendAddress(Exchange exchange, ref KeyBuffer key)
    {
        ClientAddress address = exchange.Client.Address.HasValue ? exchange.Client.Address : exchange.Connection.PeerAddress;
        Span<byte> text = stackalloc byte[ClientAddress.MaxTextLength];
        key.Append(text[..address.Format(text)]);
    }
}
