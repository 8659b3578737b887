using System.Buffers;

namespace VoltageSoda.Edge.Protocol.Http;

/// <summary>What becomes of <c>%2F</c> and <c>%5C</c> (and of a raw backslash, which means the same as <c>%5C</c>) in a path.</summary>
public enum EscapedSlashes : byte
{
    /// <summary>They stay encoded and separate nothing.</summary>
    Keep,

    /// <summary>The request is refused with 400.</summary>
    Reject,

    /// <summary>They become <c>/</c> and the caller redirects to the result.</summary>
    Redirect,
}

/// <summary>
/// The one path form that routing, authorisation and forwarding share: triplets of unreserved and of non-reserved bytes decoded
/// (controls, DEL and backslash excepted), kept triplets in upper-case hex, dot segments resolved, slashes merged on request (rules of
/// Kong's <c>tools/uri.lua</c>, except that climbing above the root is refused). Total, idempotent, without state; safe from any thread.
/// </summary>
public static class CanonicalPath
{
    // Bytes that make a path other than canonical, or unfit to be a path at all.
    private static readonly SearchValues<byte> Suspicious = SearchValues.Create(
    [
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
        0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x7f, (byte)'%', (byte)'\\', (byte)'?', (byte)'#',
    ]);

    // RFC 3986 section 2.2 and '%': decoding one of these changes what a path means.
    private static readonly SearchValues<byte> Reserved = SearchValues.Create("!*'();:@&=+$,/?%#[]"u8);

    // What may stand raw in the path of a request line.
    private static readonly SearchValues<byte> Sendable =
        SearchValues.Create("!$%&'()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~"u8);

    /// <summary>Room that <see cref="Compute"/> and <see cref="Escape"/> may need for a path of that many bytes.</summary>
    public static int MaxLength(int pathLength) => pathLength * 3;

    /// <summary>
    /// Computes the canonical form of a path (without query). <paramref name="canonical"/> is <paramref name="path"/> itself when that
    /// is canonical already, else the used part of <paramref name="destination"/>, which needs <see cref="MaxLength"/> bytes.
    /// <paramref name="redirect"/> is true when <see cref="EscapedSlashes.Redirect"/> applied: answer with a redirect to the escaped result.
    /// Returns None, BadTarget, PathAboveRoot or EscapedSlash.
    /// </summary>
    public static WireError Compute(ReadOnlySpan<byte> path, bool mergeSlashes, EscapedSlashes slashes, Span<byte> destination,
        out ReadOnlySpan<byte> canonical, out bool redirect)
    {
        redirect = false;
        if (IsCanonical(path, mergeSlashes))
        {
            canonical = path;
            return WireError.None;
        }

        return Rewrite(path, mergeSlashes, slashes, destination, out canonical, out redirect);
    }

    /// <summary>
    /// Makes a canonical (or rewritten) path fit for a request line: bytes that may not stand there raw are percent-encoded, existing
    /// triplets stay. <paramref name="escaped"/> is the input itself when nothing needs it.
    /// </summary>
    public static void Escape(ReadOnlySpan<byte> path, Span<byte> destination, out ReadOnlySpan<byte> escaped)
    {
        int next = path.IndexOfAnyExcept(Sendable);
        if (next < 0)
        {
            escaped = path;
            return;
        }

        int written = 0;
        while (next >= 0)
        {
            path[..next].CopyTo(destination[written..]);
            written += next;
            written += HexDigits.WriteTriplet(destination[written..], path[next]);
            path = path[(next + 1)..];
            next = path.IndexOfAnyExcept(Sendable);
        }

        path.CopyTo(destination[written..]);
        escaped = destination[..(written + path.Length)];
    }

    private static bool IsCanonical(ReadOnlySpan<byte> path, bool mergeSlashes) =>
        !path.IsEmpty && path[0] == '/'
            && !path.ContainsAny(Suspicious)
            && path.IndexOf("/."u8) < 0
            && !(mergeSlashes && path.IndexOf("//"u8) >= 0);

    private static WireError Rewrite(ReadOnlySpan<byte> path, bool mergeSlashes, EscapedSlashes slashes, Span<byte> destination,
        out ReadOnlySpan<byte> canonical, out bool redirect)
    {
        canonical = default;
        redirect = false;
        if (path.SequenceEqual("*"u8))
        {
            canonical = path;
            return WireError.None;
        }

        if (path.IsEmpty || path[0] != '/')
        {
            return WireError.BadTarget;
        }

        PathOutput output = new(destination, mergeSlashes);
        for (int i = 1; i < path.Length; i++)
        {
            byte value = path[i];
            bool separator = value == '/';
            if (value == '%' || value == '\\')
            {
                int decoded = value == '%' ? HexDigits.Triplet(path, i) : value;
                if (decoded <= 0)
                {
                    return WireError.BadTarget;
                }

                i += value == '%' ? 2 : 0;
                value = (byte)decoded;
                if (value is (byte)'/' or (byte)'\\')
                {
                    if (slashes == EscapedSlashes.Reject)
                    {
                        return WireError.EscapedSlash;
                    }

                    separator = slashes == EscapedSlashes.Redirect;
                    redirect |= separator;
                }

                if (!separator)
                {
                    output.PutDecoded(value);
                    continue;
                }
            }
            else if (!separator)
            {
                if (Suspicious.Contains(value))
                {
                    return WireError.BadTarget;
                }

                output.Put(value);
                continue;
            }

            if (!output.EndSegment(last: false))
            {
                return WireError.PathAboveRoot;
            }
        }

        if (!output.EndSegment(last: true))
        {
            return WireError.PathAboveRoot;
        }

        canonical = output.Written;
        return WireError.None;
    }

    /// <summary>The path under construction: always begins with a slash; segments are judged when they end.</summary>
    private ref struct PathOutput
    {
        private readonly Span<byte> _bytes;
        private readonly bool _mergeSlashes;
        private int _length;
        private int _segment;

        public PathOutput(Span<byte> bytes, bool mergeSlashes)
        {
            _bytes = bytes;
            _mergeSlashes = mergeSlashes;
            _bytes[0] = (byte)'/';
            _length = 1;
            _segment = 1;
        }

        public readonly ReadOnlySpan<byte> Written => _bytes[.._length];

        public void Put(byte value) => _bytes[_length++] = value;

        public void PutDecoded(byte value)
        {
            if (value is < 0x20 or 0x7f or (byte)'\\' || Reserved.Contains(value))
            {
                _length += HexDigits.WriteTriplet(_bytes[_length..], value);
            }
            else
            {
                Put(value);
            }
        }

        /// <summary>Resolves a dot segment, or keeps the segment; false when that would climb above the root.</summary>
        public bool EndSegment(bool last)
        {
            ReadOnlySpan<byte> segment = _bytes[_segment.._length];
            if (segment.SequenceEqual("."u8))
            {
                _length = _segment;
            }
            else if (segment.SequenceEqual(".."u8))
            {
                if (_segment == 1)
                {
                    return false;
                }

                _length = _bytes[..(_segment - 1)].LastIndexOf((byte)'/') + 1;
                _segment = _length;
            }
            else if (!last && !(_mergeSlashes && segment.IsEmpty))
            {
                Put((byte)'/');
                _segment = _length;
            }

            return true;
        }
    }
}
