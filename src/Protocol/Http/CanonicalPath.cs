using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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

    // One pass over nearly every path: no triplet, no backslash, no byte that makes it no path, no dot or second slash behind a slash.
    private static bool IsCanonical(ReadOnlySpan<byte> path, bool mergeSlashes)
    {
        if (path.IsEmpty || path[0] != '/')
        {
            return false;
        }

        if (path.Length < Vector128<byte>.Count)
        {
            return IsShortCanonical(path, mergeSlashes);
        }

        ref byte start = ref MemoryMarshal.GetReference(path);
        int last = path.Length - Vector128<byte>.Count;
        uint carry = 0;
        for (int i = 0; ; i = Math.Min(i + Vector128<byte>.Count, last))
        {
            Vector128<byte> bytes = Vector128.LoadUnsafe(ref start, (nuint)i);
            Vector128<byte> control = Vector128.Equals(Vector128.Min(bytes, Vector128.Create((byte)0x1f)), bytes)
                | Vector128.Equals(bytes, Vector128.Create((byte)0x7f));
            Vector128<byte> special = Vector128.Equals(bytes, Vector128.Create((byte)'%')) | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                | Vector128.Equals(bytes, Vector128.Create((byte)'?')) | Vector128.Equals(bytes, Vector128.Create((byte)'#'));
            uint slashes = Vector128.Equals(bytes, Vector128.Create((byte)'/')).ExtractMostSignificantBits();
            uint dots = Vector128.Equals(bytes, Vector128.Create((byte)'.')).ExtractMostSignificantBits();
            uint second = mergeSlashes ? dots | slashes : dots;
            if (((control | special).ExtractMostSignificantBits() | (((slashes << 1) | carry) & second)) != 0)
            {
                return false;
            }

            if (i == last)
            {
                return true;
            }

            // The last step overlaps; what its first byte follows was seen in the step before.
            carry = i + Vector128<byte>.Count <= last ? slashes >> (Vector128<byte>.Count - 1) : 0;
        }
    }

    private static bool IsShortCanonical(ReadOnlySpan<byte> path, bool mergeSlashes)
    {
        bool afterSlash = false;
        foreach (byte value in path)
        {
            if (value is < 0x20 or 0x7f or (byte)'%' or (byte)'\\' or (byte)'?' or (byte)'#'
                || (afterSlash && (value == '.' || (value == '/' && mergeSlashes))))
            {
                return false;
            }

            afterSlash = value == '/';
        }

        return true;
    }

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
                if (value is < 0x20 or 0x7f or (byte)'?' or (byte)'#')
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
