using System.Text;
using VoltageSoda.Edge.Cli.Explain.Mesh;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>An explanation for people. Pure.</summary>
internal static class ExplanationText
{
    private const int LongestValue = 120;

    public static string Render(Explanation explanation)
    {
        StringBuilder text = new();
        Head(text, explanation);
        if (explanation.Gateway is { } gateway)
        {
            GatewayText.Append(text, gateway);
        }

        Lost(text, explanation);
        Plugins(text, explanation.Plugins);
        if (explanation.Upstream is { } upstream)
        {
            Upstream(text, upstream);
        }

        return text.Append($"\nOutcome: {Outcome(explanation)}\n").ToString();
    }

    private static void Head(StringBuilder text, Explanation explanation)
    {
        ExplainedRequest request = explanation.Request;
        text.Append($"{request.Method} {request.Target}\n");
        string address = explanation.Listener.Address.Length == 0 ? "none" : explanation.Listener.Address;
        Line(text, "listener", address + (explanation.Listener.Note is { } note ? $"  ({note})" : ""));
        Line(text, "client", request.Client);
        if (request.Host.Length != 0)
        {
            Line(text, "host", request.Host);
        }

        if (request.CanonicalPath is { } path && path != request.Target.Split('?')[0])
        {
            Line(text, "path", path + "  (canonical: this one is matched and forwarded)");
        }

        if (explanation.Route is not { } route)
        {
            Line(text, "route", "none");
            return;
        }

        Line(text, "route", At(route.Name, route.Place));
        foreach (string condition in route.Matched)
        {
            Line(text, "", condition);
        }

        if (explanation.Gateway is not null)
        {
            return;
        }

        Line(text, "service", route.Service is { } service ? At(service, route.ServicePlace) : "none");
    }

    private static void Lost(StringBuilder text, Explanation explanation)
    {
        if (explanation.Lost.Count == 0)
        {
            return;
        }

        text.Append("\nRoutes that came close\n");
        foreach (LostRoute lost in explanation.Lost)
        {
            text.Append($"  {At(lost.Name, lost.Place)}\n");
            foreach (string reason in lost.Reasons)
            {
                text.Append($"      {(lost.Matches ? "matches, but " : "")}{reason}\n");
            }
        }
    }

    private static void Plugins(StringBuilder text, IReadOnlyList<ExplainedPlugin> plugins)
    {
        if (plugins.Count == 0)
        {
            return;
        }

        text.Append("\nPlugins, in the order in which they run\n");
        int names = plugins.Max(static plugin => plugin.Name.Length);
        foreach (ExplainedPlugin plugin in plugins)
        {
            string effect = plugin.Effect switch
            {
                PluginEffect.Acts => "acts",
                PluginEffect.Answers => "answers",
                PluginEffect.NotReached => "not reached",
                _ => "inactive",
            };
            text.Append($"  {plugin.Name.PadRight(names)}  {effect,-11}  {plugin.Place}  ({plugin.Scope})\n");
            foreach (string detail in plugin.Details)
            {
                text.Append("      ").Append(detail).Append('\n');
            }
        }
    }

    private static void Upstream(StringBuilder text, ExplainedUpstream upstream)
    {
        text.Append($"\nUpstream {At(upstream.Cluster, upstream.Place)}\n");
        text.Append($"  {upstream.Method} {upstream.Target}\n");
        if (upstream.Host is { } host)
        {
            text.Append($"  Host: {host}\n");
        }

        foreach (string line in upstream.Headers)
        {
            text.Append("  ").Append(line.Length > LongestValue ? line[..LongestValue] + "..." : line).Append('\n');
        }

        if (upstream.Algorithm is { } algorithm)
        {
            text.Append("  balances by ").Append(algorithm).Append('\n');
        }

        if (upstream.Hash is { } hash)
        {
            string to = hash.Endpoint is { } owner ? $", belongs to {owner}" : "";
            text.Append($"  hashes {hash.Input}: \"{hash.Value}\"{to}\n");
        }

        if (upstream.Checks is { } checks)
        {
            text.Append("  checked ").Append(checks).Append('\n');
        }

        foreach (ExplainedEndpoint endpoint in upstream.Endpoints)
        {
            string address = endpoint.Address is null ? "has no address here" : endpoint.Address == endpoint.Target ? "" : endpoint.Address;
            string sent = endpoint.Host is { } own ? $"gets Host: {own}" : "";
            string tls = endpoint.Tls is { } secured ? $"TLS {secured}" : "";
            string health = endpoint.Health is { } state ? $"starts {state}" : "";
            string[] parts = [endpoint.Target, address, $"weight {endpoint.Weight}", sent, tls, health];
            text.Append("  endpoint ").AppendJoin("  ", parts.Where(static part => part.Length != 0)).Append('\n');
        }

        if (upstream.Note is { } note)
        {
            text.Append("  ").Append(note).Append('\n');
        }
    }

    private static string Outcome(Explanation explanation)
    {
        ExplainedOutcome outcome = explanation.Outcome;
        return outcome.Kind switch
        {
            OutcomeKind.Proxied when explanation.Gateway is { } gateway => GatewayText.Outcome(gateway),
            OutcomeKind.Closed => $"the connection is closed by {outcome.By}",
            OutcomeKind.Proxied => $"goes to {explanation.Upstream!.Cluster}; the answer is the upstream's",
            OutcomeKind.NotServed => "the connection is refused: no listener serves it; what is above is how it would be decided",
            _ => $"{outcome.Status}{(outcome.Message is { } message ? $" \"{message}\"" : "")} from {outcome.By}",
        };
    }

    private static string At(string name, Place? place) => place is null ? name : $"{name}  {place}";

    private static void Line(StringBuilder text, string label, string value) => text.Append($"  {label,-9} {value}\n");
}
