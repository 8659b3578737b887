using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// Tells the upstream who called: X-Consumer-ID, X-Consumer-Custom-ID, X-Consumer-Username, X-Credential-Identifier,
/// X-Anonymous-Consumer. Fields without a value are removed, so a client cannot supply them. Stateless, no allocation.
/// </summary>
public static class IdentityHeaders
{
    public static void Apply<THeaders>(Identity identity, ref THeaders request)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(identity);
        Consumer? consumer = identity.Consumer;
        SetOrRemove("X-Consumer-ID"u8, consumer is null ? default : consumer.IdUtf8, ref request);
        SetOrRemove("X-Consumer-Custom-ID"u8, consumer is null ? default : consumer.CustomIdUtf8, ref request);
        SetOrRemove("X-Consumer-Username"u8, consumer is null ? default : consumer.UsernameUtf8, ref request);
        SetOrRemove("X-Credential-Identifier"u8, identity.IsAnonymous ? default : identity.CredentialIdentifierUtf8, ref request);
        SetOrRemove("X-Anonymous-Consumer"u8, identity.IsAnonymous ? "true"u8 : default, ref request);
    }

    /// <summary>
    /// Takes out what a client says of itself, for a request that goes on without anybody having been asked (a preflight that is let through).
    /// </summary>
    public static void Clear<THeaders>(ref THeaders request)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        request.Remove("X-Consumer-ID"u8);
        request.Remove("X-Consumer-Custom-ID"u8);
        request.Remove("X-Consumer-Username"u8);
        request.Remove("X-Credential-Identifier"u8);
        request.Remove("X-Anonymous-Consumer"u8);
    }

    private static void SetOrRemove<THeaders>(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref THeaders request)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        if (value.IsEmpty)
        {
            request.Remove(name);
        }
        else
        {
            request.Set(name, value);
        }
    }
}
