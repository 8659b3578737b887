using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// The <c>anonymous</c> setting that Kong's authentication plugins share. With it, plugins on one route are alternatives: the first that
/// knows the caller ends the search, and a failure goes on as the anonymous consumer. Without it, each must pass. Immutable, thread-safe.
/// </summary>
internal sealed class AnonymousFallback(bool isConfigured, Consumer? consumer)
{
    private readonly Identity? _identity = consumer is null ? null : new Identity(consumer, null, null, isAnonymous: true);

    /// <summary>Whether another plugin has authenticated the caller, which is enough where plugins are alternatives.</summary>
    public bool IsAuthenticated(Identity? existing) => isConfigured && existing is { CredentialId: not null };

    /// <summary>What a verdict comes to: a refusal is none where failures go on as somebody.</summary>
    public AuthVerdict Settle(in AuthVerdict verdict)
    {
        if (verdict.IsPass || !isConfigured)
        {
            return verdict;
        }

        return _identity is null
            ? new AuthVerdict { Status = 500, Body = KongErrors.UnexpectedCompact }
            : new AuthVerdict { IsPass = true, Identity = _identity };
    }
}
