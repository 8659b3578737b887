using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// Tells the upstream who called: X-Consumer-ID, X-Consumer-Custom-ID, X-Consumer-Username, X-Credential-Identifier,
/// X-Anonymous-Consumer. Fields without a value are removed, so a client cannot supply them. Stateless.
/// </summary>
public static class IdentityHeaders
{
    public static void Apply<THeaders>(Identity identity, ref THeaders request)
        where THeaders : struct, IHeaderEdits, allows ref struct => throw new NotImplementedException();
}
