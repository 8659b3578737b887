using System.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Kong's upstream path, path_handling v0 (kong.md 4.6, K/router/utils.lua): joins the service path with what is left of the request
/// path, then escapes what is unsafe. Immutable, thread-safe, no allocation.
/// </summary>
public sealed class PathRewrite
{
    private readonly byte[] _base;
    private readonly bool _baseEndsWithSlash;

    /// <param name="servicePath">The service's path, beginning with a slash; null or empty means <c>/</c>.</param>
    /// <param name="stripPath">True: the matched part of the path is removed.</param>
    public PathRewrite(string? servicePath, bool stripPath)
    {
        _base = string.IsNullOrEmpty(servicePath) ? [(byte)'/'] : Encoding.UTF8.GetBytes(servicePath);
        _baseEndsWithSlash = _base[^1] == '/';
        StripPath = stripPath;
    }

    public bool StripPath { get; }

    /// <summary>A destination of this many bytes always suffices for a path of that length.</summary>
    public int GetMaxLength(int pathLength) => (_base.Length + pathLength + 1) * UpstreamPath.MaxExpansion;

    /// <summary>
    /// Writes the upstream path (without query). <paramref name="matchedLength"/> is
    /// <see cref="RouteMatch{TRoute}.MatchedPathLength"/>. False when the destination is too small.
    /// </summary>
    public bool TryWrite(ReadOnlySpan<byte> path, int matchedLength, Span<byte> destination, out int written)
    {
        ReadOnlySpan<byte> head = _base;
        ReadOnlySpan<byte> tail;
        bool insertSlash = false;
        if (!StripPath)
        {
            // A base that ends in a slash takes the path without its own; one that does not takes "/" as nothing to add.
            tail = _baseEndsWithSlash ? path[1..] : path is [(byte)'/'] ? default : path;
        }
        else
        {
            // A route without path strips the leading slash only.
            tail = DropDots(path[Math.Max(matchedLength, 1)..]);
            bool endsWithSlash = path[^1] == '/';
            if (tail.IsEmpty)
            {
                if (_baseEndsWithSlash)
                {
                    head = head.Length > 1 && !endsWithSlash ? head[..^1] : head;
                }
                else
                {
                    insertSlash = endsWithSlash && path.Length > 1;
                }
            }
            else if (_baseEndsWithSlash)
            {
                head = tail[0] == '/' ? head[..^1] : head;
            }
            else
            {
                insertSlash = tail[0] != '/';
            }
        }

        written = 0;
        return UpstreamPath.TryAppend(head, destination, ref written)
            && (!insertSlash || UpstreamPath.TryAppend("/"u8, destination, ref written))
            && UpstreamPath.TryAppend(tail, destination, ref written);
    }

    /// <summary>
    /// The value of X-Forwarded-Prefix for this request, as a slice of <paramref name="path"/>: the matched part when it is
    /// stripped and is not <c>/</c>; else empty, meaning the field is not sent.
    /// </summary>
    public ReadOnlySpan<byte> ForwardedPrefix(ReadOnlySpan<byte> path, int matchedLength) =>
        StripPath && matchedLength > 0 && path[..matchedLength] is not [(byte)'/'] ? path[..matchedLength] : default;

    // What a prefix cut inside a segment may leave behind must not climb: "/a" taken from "/a../x" leaves "../x".
    private static ReadOnlySpan<byte> DropDots(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] != '.')
        {
            return rest;
        }

        if (rest.Length == 1 || rest.SequenceEqual(".."u8))
        {
            return default;
        }

        return rest.StartsWith("./"u8) ? rest[2..] : rest.StartsWith("../"u8) ? rest[3..] : rest;
    }
}
