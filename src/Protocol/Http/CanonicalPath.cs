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
/// (controls and DEL excepted), kept triplets in upper-case hex, dot segments resolved, slashes merged on request (rules of Kong's
/// <c>tools/uri.lua</c>, except that climbing above the root is refused). Total, idempotent, without state; safe from any thread.
/// </summary>
public static class CanonicalPath
{
    /// <summary>Room that <see cref="Compute"/> and <see cref="Escape"/> may need for a path of that many bytes.</summary>
    public static int MaxLength(int pathLength) => pathLength * 3;

    /// <summary>
    /// Computes the canonical form of a path (without query). <paramref name="canonical"/> is <paramref name="path"/> itself when that
    /// is canonical already, else the used part of <paramref name="destination"/>, which needs <see cref="MaxLength"/> bytes.
    /// <paramref name="redirect"/> is true when <see cref="EscapedSlashes.Redirect"/> applied: answer with a redirect to the escaped result.
    /// Returns None, BadTarget, PathAboveRoot or EscapedSlash.
    /// </summary>
    public static WireError Compute(ReadOnlySpan<byte> path, bool mergeSlashes, EscapedSlashes slashes, Span<byte> destination,
        out ReadOnlySpan<byte> canonical, out bool redirect) => throw new NotImplementedException();

    /// <summary>
    /// Makes a canonical (or rewritten) path fit for a request line: bytes that may not stand there raw are percent-encoded, existing
    /// triplets stay. <paramref name="escaped"/> is the input itself when nothing needs it.
    /// </summary>
    public static void Escape(ReadOnlySpan<byte> path, Span<byte> destination, out ReadOnlySpan<byte> escaped) => throw new NotImplementedException();
}
