using System.Text;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Splits and judges a request target (RFC 9112 section 3.2), positions relative to the target. Used for what the fast path of the
/// request line does not take. Stateless.
/// </summary>
internal readonly ref struct RequestTarget
{
    public UriScheme Scheme { get; private init; }

    public int AuthorityStart { get; private init; }

    public int AuthorityLength { get; private init; }

    /// <summary>Start of path and query; for an absolute form without path this is its query or its end.</summary>
    public int PathStart { get; private init; }

    public bool IsAsterisk { get; private init; }

    /// <summary>Some byte is 0x80 or above and leaves percent-encoded.</summary>
    public bool NeedsEncoding { get; private init; }

    public static WireError Parse(ReadOnlySpan<byte> target, KnownMethod method, out RequestTarget parsed)
    {
        parsed = default;
        if (!HasAllowedBytes(target, out bool needsEncoding))
        {
            return WireError.BadTarget;
        }

        if (target[0] == '/')
        {
            parsed = new RequestTarget { NeedsEncoding = needsEncoding };
            return WireError.None;
        }

        if (target.SequenceEqual("*"u8))
        {
            parsed = new RequestTarget { IsAsterisk = true };
            return method == KnownMethod.Options ? WireError.None : WireError.BadTarget;
        }

        UriScheme scheme = StartsWith(target, "http://"u8) ? UriScheme.Http : StartsWith(target, "https://"u8) ? UriScheme.Https : UriScheme.None;
        if (scheme == UriScheme.None)
        {
            return WireError.BadTarget;
        }

        int authorityStart = scheme == UriScheme.Http ? 7 : 8;
        ReadOnlySpan<byte> rest = target[authorityStart..];
        int authorityLength = rest.IndexOfAny((byte)'/', (byte)'?');
        authorityLength = authorityLength < 0 ? rest.Length : authorityLength;
        if (!FieldSyntax.IsAuthority(rest[..authorityLength]))
        {
            return WireError.BadTarget;
        }

        parsed = new RequestTarget
        {
            Scheme = scheme,
            AuthorityStart = authorityStart,
            AuthorityLength = authorityLength,
            PathStart = authorityStart + authorityLength,

            // RFC 9112 section 3.2.4: OPTIONS without path and query asks about the server itself.
            IsAsterisk = method == KnownMethod.Options && authorityLength == rest.Length,
            NeedsEncoding = needsEncoding,
        };
        return WireError.None;
    }

    private static bool StartsWith(ReadOnlySpan<byte> target, ReadOnlySpan<byte> prefix) =>
        target.Length >= prefix.Length && Ascii.EqualsIgnoreCase(target[..prefix.Length], prefix);

    private static bool HasAllowedBytes(ReadOnlySpan<byte> target, out bool needsEncoding)
    {
        needsEncoding = false;
        for (int i = 0; i < target.Length; i++)
        {
            byte value = target[i];
            if (value is <= 0x20 or 0x7f or (byte)'#' || (value == '%' && HexDigits.Triplet(target, i) <= 0))
            {
                return false;
            }

            needsEncoding |= value >= 0x80;
        }

        return !target.IsEmpty;
    }
}
