using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>Configuration of one cors plugin instance, validated. Defaults are Kong's.</summary>
public sealed record CorsOptions
{
    /// <summary>Origins as configured; empty allows all.</summary>
    public ImmutableArray<string> Origins { get; init; } = [];

    public ImmutableArray<string> Methods { get; init; } =
        ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

    public ImmutableArray<string> Headers { get; init; } = [];

    public ImmutableArray<string> ExposedHeaders { get; init; } = [];

    /// <summary>Seconds, or null.</summary>
    public double? MaxAge { get; init; }

    public bool Credentials { get; init; }

    public bool PreflightContinue { get; init; }

    public bool PrivateNetwork { get; init; }

    /// <summary>True: <c>scheme://*.domain</c> is a PCRE, as in Kong. False: it means one or more sub-domain labels.</summary>
    public bool StrictPatterns { get; init; }
}

/// <summary>Kong's cors plugin (kong.md 8.1), compiled. Immutable, thread-safe, no allocation.</summary>
public sealed class CorsPolicy
{
    /// <summary>Throws <see cref="ArgumentException"/> for an origin pattern that does not translate (see <see cref="Validate"/>).</summary>
    public CorsPolicy(CorsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
    }

    /// <summary>The reason an origin cannot be used, or null.</summary>
    public static string? Validate(string origin, bool strictPatterns) => throw new NotImplementedException();

    /// <summary>True when this policy answers the request itself: OPTIONS with Origin and Access-Control-Request-Method, unless preflight_continue.</summary>
    public bool AnswersPreflight<TRequest>(ReadOnlySpan<byte> method, ref TRequest request)
        where TRequest : struct, IHeaderSource, allows ref struct => throw new NotImplementedException();

    /// <summary>Sets the fields of the 200 answer to a preflight (Content-Length: 0 is the caller's).</summary>
    public void ApplyPreflight<TRequest, TResponse>(ref TRequest request, ref TResponse response)
        where TRequest : struct, IHeaderSource, allows ref struct
        where TResponse : struct, IHeaderEdits, allows ref struct => throw new NotImplementedException();

    /// <summary>Edits any other response. Does nothing for a preflight that was proxied (preflight_continue).</summary>
    public void ApplyResponse<TRequest, TResponse>(ReadOnlySpan<byte> method, ref TRequest request, ref TResponse response)
        where TRequest : struct, IHeaderSource, allows ref struct
        where TResponse : struct, IHeaderEdits, allows ref struct => throw new NotImplementedException();
}
