using System.Collections.Immutable;
using System.Globalization;
using System.Text;
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
    private readonly bool _allowsAll;
    private readonly bool _listHasStar;
    private readonly byte[]? _onlyOrigin;
    private readonly OriginPattern[] _patterns;
    private readonly byte[] _methods;
    private readonly byte[] _headers;
    private readonly byte[] _exposed;
    private readonly byte[] _maxAge;
    private readonly bool _credentials;
    private readonly bool _preflightContinue;
    private readonly bool _privateNetwork;

    /// <summary>Throws <see cref="ArgumentException"/> for an origin pattern that does not translate (see <see cref="Validate"/>).</summary>
    public CorsPolicy(CorsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ImmutableArray<string> origins = options.Origins;
        _allowsAll = origins.IsEmpty || origins is ["*"];
        _listHasStar = origins.Contains("*");
        _onlyOrigin = origins is [string single] && OriginPattern.IsLiteral(single) ? Encoding.UTF8.GetBytes(single) : null;
        _patterns = [.. origins.Where(static o => o != "*").Select(o => Compile(o, options.StrictPatterns))];
        _methods = Encoding.UTF8.GetBytes(string.Join(',', options.Methods));
        _headers = Encoding.UTF8.GetBytes(string.Join(',', options.Headers));
        _exposed = Encoding.UTF8.GetBytes(string.Join(',', options.ExposedHeaders));
        _maxAge = options.MaxAge is { } age ? Encoding.UTF8.GetBytes(age.ToString(CultureInfo.InvariantCulture)) : [];
        _credentials = options.Credentials;
        _preflightContinue = options.PreflightContinue;
        _privateNetwork = options.PrivateNetwork;
    }

    /// <summary>The reason an origin cannot be used, or null.</summary>
    public static string? Validate(string origin, bool strictPatterns)
    {
        if (origin == "*")
        {
            return null;
        }

        OriginPattern.TryCreate(origin, strictPatterns, out _, out string? error);
        return error;
    }

    /// <summary>True when this policy answers the request itself: OPTIONS with Origin and Access-Control-Request-Method, unless preflight_continue.</summary>
    public bool AnswersPreflight<TRequest>(ReadOnlySpan<byte> method, ref TRequest request)
        where TRequest : struct, IHeaderSource, allows ref struct => !_preflightContinue && IsPreflight(method, ref request);

    /// <summary>Sets the fields of the 200 answer to a preflight (Content-Length: 0 is the caller's).</summary>
    public void ApplyPreflight<TRequest, TResponse>(ref TRequest request, ref TResponse response)
        where TRequest : struct, IHeaderSource, allows ref struct
        where TResponse : struct, IHeaderEdits, allows ref struct
    {
        ApplyOrigin(ref request, ref response);
        if (_headers.Length > 0)
        {
            response.Set("Access-Control-Allow-Headers"u8, _headers);
        }
        else if (request.TryGet("Access-Control-Request-Headers"u8, out ReadOnlySpan<byte> wanted))
        {
            response.Set("Access-Control-Allow-Headers"u8, wanted);
        }
        else
        {
            response.Remove("Access-Control-Allow-Headers"u8);
        }

        response.Set("Access-Control-Allow-Methods"u8, _methods);
        if (_maxAge.Length > 0)
        {
            response.Set("Access-Control-Max-Age"u8, _maxAge);
        }

        if (_privateNetwork
            && request.TryGet("Access-Control-Request-Private-Network"u8, out ReadOnlySpan<byte> isPrivate) && isPrivate.SequenceEqual("true"u8))
        {
            response.Set("Access-Control-Allow-Private-Network"u8, "true"u8);
        }
    }

    /// <summary>Edits any other response. Does nothing for a preflight: it was answered, or passed on untouched (preflight_continue).</summary>
    public void ApplyResponse<TRequest, TResponse>(ReadOnlySpan<byte> method, ref TRequest request, ref TResponse response)
        where TRequest : struct, IHeaderSource, allows ref struct
        where TResponse : struct, IHeaderEdits, allows ref struct
    {
        if (IsPreflight(method, ref request))
        {
            return;
        }

        ApplyOrigin(ref request, ref response);
        if (_exposed.Length > 0)
        {
            response.Set("Access-Control-Expose-Headers"u8, _exposed);
        }
    }

    private static OriginPattern Compile(string origin, bool strict) =>
        OriginPattern.TryCreate(origin, strict, out OriginPattern? pattern, out string? error)
            ? pattern
            : throw new ArgumentException($"origin '{origin}': {error}", nameof(origin));

    private static bool IsPreflight<TRequest>(ReadOnlySpan<byte> method, ref TRequest request)
        where TRequest : struct, IHeaderSource, allows ref struct =>
        method.SequenceEqual("OPTIONS"u8)
        && request.TryGet("Origin"u8, out _)
        && request.TryGet("Access-Control-Request-Method"u8, out _);

    private void ApplyOrigin<TRequest, TResponse>(ref TRequest request, ref TResponse response)
        where TRequest : struct, IHeaderSource, allows ref struct
        where TResponse : struct, IHeaderEdits, allows ref struct
    {
        bool hasOrigin = request.TryGet("Origin"u8, out ReadOnlySpan<byte> origin);
        bool allowAll = _allowsAll;
        if (allowAll)
        {
            response.Set("Access-Control-Allow-Origin"u8, "*"u8);
        }
        else
        {
            // What a cache keeps depends on the origin even when this answer does not mention it.
            response.Add("Vary"u8, "Origin"u8);
            allowAll = SetAllowedOrigin(hasOrigin, origin, ref response);
        }

        if (!_credentials)
        {
            return;
        }

        if (!allowAll)
        {
            response.Set("Access-Control-Allow-Credentials"u8, "true"u8);
        }
        else if (hasOrigin)
        {
            // With credentials a browser does not accept the star: the origin is echoed.
            response.Add("Vary"u8, "Origin"u8);
            response.Set("Access-Control-Allow-Origin"u8, origin);
            response.Set("Access-Control-Allow-Credentials"u8, "true"u8);
        }
    }

    // Returns whether the list turned out to allow everybody.
    private bool SetAllowedOrigin<TResponse>(bool hasOrigin, ReadOnlySpan<byte> origin, ref TResponse response)
        where TResponse : struct, IHeaderEdits, allows ref struct
    {
        if (_onlyOrigin is not null)
        {
            response.Set("Access-Control-Allow-Origin"u8, _onlyOrigin);
            return false;
        }

        if (hasOrigin && _listHasStar)
        {
            response.Set("Access-Control-Allow-Origin"u8, "*"u8);
            return true;
        }

        if (hasOrigin)
        {
            OriginText normal = OriginText.Normalize(origin);
            foreach (OriginPattern pattern in _patterns)
            {
                if (pattern.Matches(normal))
                {
                    response.Set("Access-Control-Allow-Origin"u8, normal.Domain);
                    return false;
                }
            }
        }

        response.Remove("Access-Control-Allow-Origin"u8);
        return false;
    }
}
