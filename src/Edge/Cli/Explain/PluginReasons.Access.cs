using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Cli.Explain;

// Who the caller is, and where from.
internal sealed partial class PluginReasons
{
    private PluginEffect Correlation(CorrelationIdConfig config, List<string> details)
    {
        if (admission.Of(Exchanges.AdmissionStep.Correlation) is null)
        {
            if (!config.EchoDownstream)
            {
                details.Add(NotReached());
                return PluginEffect.NotReached;
            }
        }
        else
        {
            details.Add(HeaderLines.Has(received, config.HeaderName)
                ? $"request keeps its {config.HeaderName}"
                : $"request gets {config.HeaderName} ({config.Generator})");
        }

        if (config.EchoDownstream)
        {
            details.Add($"answer gets {config.HeaderName}");
        }

        return PluginEffect.Acts;
    }

    // What several authentication plugins have made of it together: the last one that knew the caller counts.
    private void Authenticated(string proof, List<string> details)
    {
        Identity? identity = exchange.Identity;
        details.Add(identity switch
        {
            null => $"asks for no {proof}: a preflight passes (run_on_preflight is off)",
            { IsAnonymous: true } => $"no valid {proof}: goes on as the anonymous consumer {identity.Consumer?.Username ?? identity.Consumer?.Id}",
            _ => $"{proof} verified with credential {identity.CredentialIdentifier}",
        });
        if (identity is { IsAnonymous: false })
        {
            details.Add(Caller());
        }
    }

    private void IpRestriction(IpRestrictionConfig config, List<string> details)
    {
        details.Add($"the client is {exchange.Client.Address}");
        if (config.Deny.Count != 0)
        {
            details.Add($"denied are {string.Join(", ", config.Deny)}");
        }

        if (config.Allow.Count != 0)
        {
            details.Add($"allowed are {string.Join(", ", config.Allow)}");
        }
    }
}
