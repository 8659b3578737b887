using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>What there is to say once every document is known: legal, but probably not meant, or broken between documents.</summary>
internal static class MeshLints
{
    private static readonly string[] BuiltInProviders = ["prometheus", "envoy", "stackdriver"];

    /// <summary>Checks a model.</summary>
    public static void Check(MeshLoad load, MeshModel model)
    {
        foreach (VirtualService service in model.VirtualServices)
        {
            DeadRuleLints.Check(load, service);
        }

        BindingLints.Check(load, model);
        DestinationLints.Check(load, model);
        Providers(load, model);
        Selectors(load, model);
    }

    // A policy attaches to routes by the labels of their destinations.
    private static void Selectors(MeshLoad load, MeshModel model)
    {
        IEnumerable<LabelSet> known =
        [
            .. model.KubernetesServices.Select(static service => service.Selector).Where(static labels => labels.Count > 0),
            .. model.EndpointSlices.SelectMany(static slice => slice.Endpoints).Select(static endpoint => endpoint.Labels),
            .. model.WorkloadEntries.Select(static entry => entry.Endpoint.Labels),
            .. model.ServiceEntries.SelectMany(static entry => entry.Endpoints).Select(static endpoint => endpoint.Labels),
        ];
        LabelSet[] all = [.. known];
        foreach (SecurityDocument document in model.SecurityDocuments.Where(static document => document is { Selector.Count: > 0, IsBroken: false }))
        {
            if (all.Any(labels => document.Selector.Selects(labels)))
            {
                continue;
            }

            string? app = document.Selector["app"];
            load.Add(FindingCodes.SelectorByName, document.SelectorSpan, "spec.selector", $"{document.Kind} {document.Name}: no known endpoint has the labels {document.Selector}",
                app is null ? "every service of its namespace is taken" : $"the service named '{app}' is taken", "add Service and EndpointSlice documents, or WorkloadEntries with labels");
        }
    }

    private static void Providers(MeshLoad load, MeshModel model)
    {
        HashSet<string> known = [.. BuiltInProviders, .. model.MeshConfig.ExtensionProviders.Select(static provider => provider.Name)];
        foreach (TelemetryDocument telemetry in model.Telemetries)
        {
            IEnumerable<LocatedName> used =
            [
                .. telemetry.Metrics.SelectMany(static metrics => metrics.Providers),
                .. telemetry.AccessLogging.SelectMany(static log => log.Providers),
                .. telemetry.Tracing.SelectMany(static tracing => tracing.Providers),
            ];
            foreach (LocatedName provider in used.Where(provider => !known.Contains(provider.Name)))
            {
                bool log = telemetry.AccessLogging.Any(entry => entry.Providers.Contains(provider));
                load.Add(FindingCodes.UnknownProvider, provider.Span, "spec", $"'{provider.Name}' is none of meshConfig.extensionProviders; Istio ignores the entry"
                    + (log ? ", and with it writes no access log at all" : ""),
                    log ? "the accessLogFile of meshConfig is written all the same" : "nothing is exported to it", "define it in meshConfig.extensionProviders");
            }
        }
    }
}
