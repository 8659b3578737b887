using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>Writes Kong's rate limit fields into a response. Stateless.</summary>
public static class RateLimitHeaders
{
    /// <summary>
    /// Sets X-RateLimit-Limit/Remaining-Period, RateLimit-Limit/Remaining/Reset and, on refusal, Retry-After. Not called when
    /// hide_client_headers is on.
    /// </summary>
    public static void Apply<THeaders>(in RateLimitVerdict verdict, ref THeaders response)
        where THeaders : struct, IHeaderEdits, allows ref struct => throw new NotImplementedException();
}
