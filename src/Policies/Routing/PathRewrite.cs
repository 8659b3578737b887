namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Kong's upstream path, path_handling v0 (K/router/utils.lua): joins the service path with what is left of the request
/// path, then escapes what is unsafe. Immutable, thread-safe, no allocation.
/// </summary>
public sealed class PathRewrite
{
    /// <param name="servicePath">The service's path, beginning with a slash; null or empty means <c>/</c>.</param>
    /// <param name="stripPath">True: the matched part of the path is removed.</param>
    public PathRewrite(string? servicePath, bool stripPath)
    {
        _ = servicePath;
        StripPath = stripPath;
    }

    public bool StripPath { get; }

    /// <summary>A destination of this many bytes always suffices for a path of that length.</summary>
    public int GetMaxLength(int pathLength) => throw new NotImplementedException();

    /// <summary>
    /// Writes the upstream path (without query). <paramref name="matchedLength"/> is
    /// <see cref="RouteMatch{TRoute}.MatchedPathLength"/>. False when the destination is too small.
    /// </summary>
    public bool TryWrite(ReadOnlySpan<byte> path, int matchedLength, Span<byte> destination, out int written) => throw new NotImplementedException();

    /// <summary>
    /// The value of X-Forwarded-Prefix for this request, as a slice of <paramref name="path"/>: the matched part when it is
    /// stripped and is not <c>/</c>; else empty, meaning the field is not sent.
    /// </summary>
    public ReadOnlySpan<byte> ForwardedPrefix(ReadOnlySpan<byte> path, int matchedLength) => throw new NotImplementedException();
}
