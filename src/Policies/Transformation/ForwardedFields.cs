using System.Buffers;
using System.Buffers.Text;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>Configuration: KONG_TRUSTED_IPS, KONG_REAL_IP_HEADER, KONG_REAL_IP_RECURSIVE.</summary>
public sealed record ForwardedOptions
{
    public CidrMatch Trusted { get; init; } = CidrMatch.None;

    /// <summary>
    /// Field that names the client, walked from the right. <c>proxy_protocol</c> means the address of the PROXY header, which is the peer address already.
    /// </summary>
    public string RealIpHeader { get; init; } = "X-Real-IP";

    public bool Recursive { get; init; }
}

/// <summary>The client as the gateway sees it.</summary>
/// <param name="Address">Address after real-ip: what ip limits and X-Real-IP use.</param>
/// <param name="PeerIsTrusted">True when the connecting address is trusted: its X-Forwarded-* are kept.</param>
public readonly record struct ResolvedClient(ClientAddress Address, bool PeerIsTrusted);

/// <summary>What the fields tell the upstream about the request. Borrowed for the call.</summary>
public readonly ref struct ForwardedFacts
{
    public required ConnectionFacts Connection { get; init; }

    public required ResolvedClient Client { get; init; }

    /// <summary>The client's Host as received (port is dropped here).</summary>
    public required ReadOnlySpan<byte> Host { get; init; }

    /// <summary>The request path as received, without query.</summary>
    public required ReadOnlySpan<byte> OriginalPath { get; init; }

    /// <summary>Prefix stripped by the route; empty when none (<see cref="Routing.PathRewrite.ForwardedPrefix"/>).</summary>
    public ReadOnlySpan<byte> Prefix { get; init; }
}

/// <summary>Kong's X-Forwarded-* and X-Real-IP (kong.md 5.1) and nginx's real-ip walk. Immutable, thread-safe, no allocation.</summary>
public sealed class ForwardedFields
{
    /// <summary>Entries of X-Forwarded-For looked at, from the right; the walk ends there.</summary>
    public const int MaxWalk = 64;

    private const int StackValue = 512;

    private readonly CidrMatch _trusted;
    private readonly byte[] _realIpHeader;
    private readonly bool _recursive;
    private readonly bool _isWalked;

    public ForwardedFields(ForwardedOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _trusted = options.Trusted;
        _realIpHeader = Encoding.UTF8.GetBytes(options.RealIpHeader);
        _recursive = options.Recursive;
        _isWalked = options.RealIpHeader != "proxy_protocol";
    }

    /// <summary>Finds the client address. Run once, when the head was read.</summary>
    public ResolvedClient Resolve<THeaders>(in ConnectionFacts connection, ref THeaders request)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ClientAddress peer = connection.PeerAddress;
        if (_trusted.IsEmpty || !_trusted.Contains(peer))
        {
            return new ResolvedClient(peer, false);
        }

        return new ResolvedClient(_isWalked ? Walk(peer, ref request) : peer, true);
    }

    /// <summary>The scheme the client used: X-Forwarded-Proto of a trusted peer, else that of the connection. True is https.</summary>
    public bool IsForwardedHttps<THeaders>(in ConnectionFacts connection, in ResolvedClient client, ref THeaders request)
        where THeaders : struct, IHeaderSource, allows ref struct =>
        client.PeerIsTrusted && request.TryGet("X-Forwarded-Proto"u8, out ReadOnlySpan<byte> scheme)
            ? scheme.SequenceEqual("https"u8)
            : connection.IsTls;

    /// <summary>Sets the fields on the upstream request.</summary>
    public void Apply<THeaders>(scoped in ForwardedFacts facts, ref THeaders upstream)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        bool trusted = facts.Client.PeerIsTrusted;
        Span<byte> text = stackalloc byte[ClientAddress.MaxTextLength];
        int length = facts.Client.Address.Format(text);
        SetOrRemove("X-Real-IP"u8, text[..length], keep: false, ref upstream);
        if (facts.Client.Address == facts.Connection.PeerAddress && length != 0 && !upstream.TryGet("X-Forwarded-For"u8, out _))
        {
            upstream.Add("X-Forwarded-For"u8, text[..length]);
        }
        else
        {
            AppendPeer(facts.Connection.PeerAddress, ref upstream);
        }

        SetOrRemove("X-Forwarded-Proto"u8, facts.Connection.IsTls ? "https"u8 : "http"u8, trusted, ref upstream);
        SetOrRemove("X-Forwarded-Host"u8, WithoutPort(facts.Host), trusted, ref upstream);
        Utf8Formatter.TryFormat(facts.Connection.ListenerPort, text, out length);
        SetOrRemove("X-Forwarded-Port"u8, facts.Connection.ListenerPort == 0 ? default : text[..length], trusted, ref upstream);
        SetOrRemove("X-Forwarded-Path"u8, facts.OriginalPath, trusted, ref upstream);
        SetOrRemove("X-Forwarded-Prefix"u8, facts.Prefix, trusted, ref upstream);
        if (!trusted)
        {
            upstream.Remove("Forwarded"u8); // RFC 7239 says the same things; an upstream may believe it.
        }
    }

    // The host of an authority: port dropped, brackets of IPv6 kept.
    internal static ReadOnlySpan<byte> WithoutPort(ReadOnlySpan<byte> authority)
    {
        int colon = authority.LastIndexOf((byte)':');
        return colon >= 0 && colon > authority.LastIndexOf((byte)']') ? authority[..colon] : authority;
    }

    // nginx's real_ip: the right-most address, or with recursion the first from the right that is not trusted. What is not an address is
    // unknown and ends the walk at the last one that was.
    private ClientAddress Walk<THeaders>(ClientAddress peer, ref THeaders request)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        ClientAddress client = peer;
        int budget = _recursive ? MaxWalk : 1;
        for (int line = CountLines(ref request) - 1; line >= 0; line--)
        {
            ReadOnlySpan<byte> rest = GetLine(line, ref request);
            while (!rest.IsEmpty)
            {
                int comma = rest.LastIndexOf((byte)',');
                ReadOnlySpan<byte> entry = rest[(comma + 1)..].Trim(" \t"u8);
                rest = comma < 0 ? default : rest[..comma];
                if (budget-- == 0 || !TryReadEntry(entry, out ClientAddress address))
                {
                    return client;
                }

                client = address;
                if (!_trusted.Contains(address))
                {
                    return client;
                }
            }
        }

        return client;
    }

    // An address may carry a port, and IPv6 then (or anyway) brackets.
    private static bool TryReadEntry(ReadOnlySpan<byte> entry, out ClientAddress address)
    {
        if (ClientAddress.TryParse(entry, out address))
        {
            return true;
        }

        if (entry.IsEmpty)
        {
            return false;
        }

        if (entry[0] == '[')
        {
            int close = entry.IndexOf((byte)']');
            return close > 0 && IsPort(entry[(close + 1)..]) && ClientAddress.TryParse(entry[1..close], out address);
        }

        int colon = entry.IndexOf((byte)':');
        return colon > 0 && IsPort(entry[colon..]) && ClientAddress.TryParse(entry[..colon], out address);
    }

    private static bool IsPort(ReadOnlySpan<byte> text) =>
        text.IsEmpty || (text[0] == ':' && text.Length is > 1 and <= 6 && !text[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9'));

    private int CountLines<THeaders>(ref THeaders request)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        int count = 0;
        int cursor = 0;
        while (request.TryGetNext(_realIpHeader, ref cursor, out _))
        {
            count++;
        }

        return count;
    }

    private ReadOnlySpan<byte> GetLine<THeaders>(int line, ref THeaders request)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        int cursor = 0;
        ReadOnlySpan<byte> value = default;
        for (int i = 0; i <= line; i++)
        {
            request.TryGetNext(_realIpHeader, ref cursor, out value);
        }

        return value;
    }

    // X-Forwarded-For is always extended: several lines become one list, in order, with the connecting address at its end.
    private static void AppendPeer<THeaders>(ClientAddress peer, ref THeaders upstream)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        int length = ClientAddress.MaxTextLength;
        int cursor = 0;
        while (upstream.TryGetNext("X-Forwarded-For"u8, ref cursor, out ReadOnlySpan<byte> line))
        {
            length += line.Length + 2;
        }

        byte[]? rented = length > StackValue ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> value = rented ?? stackalloc byte[StackValue];
        int written = 0;
        cursor = 0;
        while (upstream.TryGetNext("X-Forwarded-For"u8, ref cursor, out ReadOnlySpan<byte> line))
        {
            if (!line.IsEmpty)
            {
                line.CopyTo(value[written..]);
                written += line.Length;
                ", "u8.CopyTo(value[written..]);
                written += 2;
            }
        }

        int text = peer.Format(value[written..]);
        if (text > 0)
        {
            upstream.Set("X-Forwarded-For"u8, value[..(written + text)]);
        }

        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // Each has one value: of repeated lines the first counts, as nginx's $http_ variables have it, and the upstream must not read another.
    private static void KeepFirst<THeaders>(scoped ReadOnlySpan<byte> name, ReadOnlySpan<byte> first, ref THeaders upstream)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        int cursor = 0;
        upstream.TryGetNext(name, ref cursor, out _);
        if (!upstream.TryGetNext(name, ref cursor, out _))
        {
            return;
        }

        byte[]? rented = first.Length > StackValue ? ArrayPool<byte>.Shared.Rent(first.Length) : null;
        Span<byte> copy = rented ?? stackalloc byte[StackValue];
        first.CopyTo(copy);
        upstream.Set(name, copy[..first.Length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void SetOrRemove<THeaders>(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool keep, ref THeaders upstream)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        if (keep && upstream.TryGet(name, out ReadOnlySpan<byte> said))
        {
            KeepFirst(name, said, ref upstream);
            return;
        }

        if (value.IsEmpty)
        {
            upstream.Remove(name);
        }
        else
        {
            upstream.Set(name, value);
        }
    }
}
