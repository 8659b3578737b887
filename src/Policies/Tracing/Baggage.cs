using System.Buffers;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>
/// Forwards baggage as Kong does: items of <c>uberctx-*</c> and <c>ot-baggage-*</c> are merged, the former winning, and sent as
/// <c>uberctx-*</c>, and as <c>ot-baggage-*</c> too when ot fields are sent. Values are decoded and encoded anew. Stateless; at most
/// <see cref="MaxItems"/> items of <see cref="MaxKey"/> and <see cref="MaxValue"/> bytes, others stay as they came.
/// </summary>
internal static class Baggage
{
    /// <summary>Items of one request that are forwarded.</summary>
    public const int MaxItems = 64;

    public const int MaxKey = 64;

    public const int MaxValue = 512;

    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    private static ReadOnlySpan<byte> Jaeger => "uberctx-"u8;

    private static ReadOnlySpan<byte> OpenTracing => "ot-baggage-"u8;

    public static bool IsCarrier(ReadOnlySpan<byte> name) => IsItem(name, Jaeger) || IsItem(name, OpenTracing);

    public static void Forward<THeaders>(ref THeaders headers, bool asOpenTracing)
        where THeaders : struct, IHeaderFields
    {
        Span<byte> name = stackalloc byte[OpenTracing.Length + MaxKey];
        Span<byte> value = stackalloc byte[3 * MaxValue];
        int left = MaxItems;
        int count = headers.Count;

        // First what only ot-baggage-* says, so that no uberctx-* item is overwritten before it was read.
        for (int i = 0; i < count && left > 0; i++)
        {
            if (TryRead(i, OpenTracing, ref headers, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> raw)
                && !headers.TryGet(Join(name, Jaeger, key), out _))
            {
                left--;
                Set(Jaeger, asOpenTracing, ref headers, name, key, value[..Recode(raw, value)]);
            }
        }

        for (int i = 0; i < count && left > 0; i++)
        {
            if (TryRead(i, Jaeger, ref headers, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> raw))
            {
                left--;
                Set(Jaeger, asOpenTracing, ref headers, name, key, value[..Recode(raw, value)]);
            }
        }
    }

    private static void Set<THeaders>(
        ReadOnlySpan<byte> prefix, bool asOpenTracing, ref THeaders headers, Span<byte> name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        where THeaders : struct, IHeaderFields
    {
        Span<byte> copy = stackalloc byte[MaxKey];
        key.CopyTo(copy);
        copy = copy[..key.Length];
        headers.Set(Join(name, prefix, copy), value);
        if (asOpenTracing)
        {
            headers.Set(Join(name, OpenTracing, copy), value);
        }
    }

    private static bool TryRead<THeaders>(
        int index, ReadOnlySpan<byte> prefix, ref THeaders headers, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
        where THeaders : struct, IHeaderFields
    {
        key = default;
        if (!headers.TryGetField(index, out ReadOnlySpan<byte> name, out value) || !IsItem(name, prefix))
        {
            return false;
        }

        key = name[prefix.Length..];
        return key.Length <= MaxKey && value.Length <= MaxValue;
    }

    private static bool IsItem(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix) =>
        name.Length > prefix.Length && Ascii.EqualsIgnoreCase(name[..prefix.Length], prefix);

    private static ReadOnlySpan<byte> Join(Span<byte> room, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> key)
    {
        prefix.CopyTo(room);
        Ascii.ToLower(key, room[prefix.Length..], out _);
        return room[..(prefix.Length + key.Length)];
    }

    // ngx.unescape_uri, then ngx.escape_uri: + is a space, a broken triplet stays as it is.
    private static int Recode(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        int at = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            byte next = raw[i];
            if (next == '+')
            {
                next = (byte)' ';
            }
            else if (next == '%' && i + 2 < raw.Length && HexText.TryRead(raw.Slice(i + 1, 2), out UInt128 decoded))
            {
                next = (byte)decoded;
                i += 2;
            }

            if (Unreserved.Contains(next))
            {
                destination[at++] = next;
                continue;
            }

            destination[at++] = (byte)'%';
            next.TryFormat(destination[at..], out int digits, "X2", System.Globalization.CultureInfo.InvariantCulture);
            at += digits;
        }

        return at;
    }
}
