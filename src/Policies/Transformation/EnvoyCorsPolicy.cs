using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>A VirtualService's <c>corsPolicy</c>, validated.</summary>
public sealed record EnvoyCorsOptions
{
    public ImmutableArray<TextMatch> AllowOrigins { get; init; } = [];

    public ImmutableArray<string> AllowMethods { get; init; } = [];

    public ImmutableArray<string> AllowHeaders { get; init; } = [];

    public ImmutableArray<string> ExposeHeaders { get; init; } = [];

    /// <summary>Whole seconds are sent; null sends none.</summary>
    public TimeSpan? MaxAge { get; init; }

    public bool AllowCredentials { get; init; }

    /// <summary>True answers preflights of other origins without permission; false forwards them.</summary>
    public bool IgnoreUnmatchedPreflights { get; init; }
}

/// <summary>What Envoy's CORS filter makes of a request.</summary>
public enum EnvoyCorsVerdict
{
    /// <summary>No Origin: nothing to do, nothing to count.</summary>
    None,

    /// <summary>The origin is allowed: forward, then <see cref="EnvoyCorsPolicy.ApplyResponse"/>. Counts as valid.</summary>
    Allowed,

    /// <summary>The origin is not allowed: forward and leave the answer alone. Counts as invalid.</summary>
    Refused,

    /// <summary>A preflight of an allowed origin: answer 200. Counts as valid.</summary>
    Preflight,

    /// <summary>A preflight of another origin that is answered 200 without permission. Counts as invalid.</summary>
    PreflightRefused,
}

/// <summary>Envoy's CORS filter (<c>source/extensions/filters/http/cors/cors_filter.cc</c>). Immutable, thread-safe, no allocation.</summary>
public sealed class EnvoyCorsPolicy
{
    private static readonly byte[] Star = [(byte)'*'];

    private readonly ImmutableArray<TextMatch> _origins;
    private readonly bool _allowsAll;
    private readonly byte[] _methods;
    private readonly byte[] _headers;
    private readonly byte[] _exposed;
    private readonly byte[] _maxAge;
    private readonly bool _credentials;
    private readonly bool _ignoreUnmatched;

    public EnvoyCorsPolicy(EnvoyCorsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _origins = options.AllowOrigins;

        // A matcher that takes the text "*" itself allows every origin.
        _allowsAll = _origins.Any(static origin => origin.Matches(Star));
        _methods = Joined(options.AllowMethods);
        _headers = Joined(options.AllowHeaders);
        _exposed = Joined(options.ExposeHeaders);
        _maxAge = options.MaxAge is { } age
            ? Encoding.ASCII.GetBytes(((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture))
            : [];
        _credentials = options.AllowCredentials;
        _ignoreUnmatched = options.IgnoreUnmatchedPreflights;
    }

    /// <summary>What to do with a request.</summary>
    public EnvoyCorsVerdict Decide<TRequest>(ReadOnlySpan<byte> method, ref TRequest request)
        where TRequest : struct, IHeaderSource, allows ref struct
    {
        if (!request.TryGet("origin"u8, out ReadOnlySpan<byte> origin) || origin.IsEmpty)
        {
            return EnvoyCorsVerdict.None;
        }

        bool allowed = Allows(origin);
        bool isPreflight = method.SequenceEqual("OPTIONS"u8)
            && request.TryGet("access-control-request-method"u8, out ReadOnlySpan<byte> wanted) && !wanted.IsEmpty;
        return (isPreflight, allowed) switch
        {
            (true, true) => EnvoyCorsVerdict.Preflight,
            (true, false) when _ignoreUnmatched => EnvoyCorsVerdict.PreflightRefused,
            (_, true) => EnvoyCorsVerdict.Allowed,
            _ => EnvoyCorsVerdict.Refused,
        };
    }

    /// <summary>Sets the fields of the 200 answer to a preflight, which has no body.</summary>
    public void ApplyPreflight<TRequest, TResponse>(EnvoyCorsVerdict verdict, ref TRequest request, ref TResponse response)
        where TRequest : struct, IHeaderSource, allows ref struct
        where TResponse : struct, IHeaderEdits, allows ref struct
    {
        if (verdict == EnvoyCorsVerdict.Preflight && request.TryGet("origin"u8, out ReadOnlySpan<byte> origin))
        {
            response.Set("access-control-allow-origin"u8, origin);
        }

        if (_credentials)
        {
            response.Set("access-control-allow-credentials"u8, "true"u8);
        }

        ApplyList("access-control-allow-methods"u8, _methods, "access-control-request-method"u8, ref request, ref response);
        ApplyList("access-control-allow-headers"u8, _headers, "access-control-request-headers"u8, ref request, ref response);
        if (_maxAge.Length != 0)
        {
            response.Set("access-control-max-age"u8, _maxAge);
        }
    }

    /// <summary>Edits the answer to a request whose verdict is <see cref="EnvoyCorsVerdict.Allowed"/>; leaves others alone.</summary>
    public void ApplyResponse<TResponse>(EnvoyCorsVerdict verdict, ReadOnlySpan<byte> origin, ref TResponse response)
        where TResponse : struct, IHeaderEdits, allows ref struct
    {
        if (verdict != EnvoyCorsVerdict.Allowed)
        {
            return;
        }

        response.Set("access-control-allow-origin"u8, origin);
        if (_credentials)
        {
            response.Set("access-control-allow-credentials"u8, "true"u8);
        }

        if (_exposed.Length != 0)
        {
            response.Set("access-control-expose-headers"u8, _exposed);
        }
    }

    private static byte[] Joined(ImmutableArray<string> items) => Encoding.UTF8.GetBytes(string.Join(',', items));

    // A list that is a star alone echoes what was asked for.
    private static void ApplyList<TRequest, TResponse>(
        ReadOnlySpan<byte> name, byte[] list, ReadOnlySpan<byte> asked, ref TRequest request, ref TResponse response)
        where TRequest : struct, IHeaderSource, allows ref struct
        where TResponse : struct, IHeaderEdits, allows ref struct
    {
        if (list is [(byte)'*'])
        {
            request.TryGet(asked, out ReadOnlySpan<byte> wanted);
            response.Set(name, wanted);
        }
        else if (list.Length != 0)
        {
            response.Set(name, list);
        }
    }

    private bool Allows(ReadOnlySpan<byte> origin)
    {
        if (_allowsAll)
        {
            return true;
        }

        foreach (TextMatch match in _origins)
        {
            if (match.Matches(origin))
            {
                return true;
            }
        }

        return false;
    }
}
