using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Whether virtual services, gateways and delegates find each other.</summary>
internal static class BindingLints
{
    /// <summary>Checks a model.</summary>
    public static void Check(MeshLoad load, MeshModel model)
    {
        Dictionary<string, Gateway> gateways = model.Gateways.ToDictionary(static gateway => gateway.FullName, StringComparer.Ordinal);
        Dictionary<string, VirtualService> services = model.VirtualServices.ToDictionary(static service => service.FullName, StringComparer.Ordinal);
        foreach (VirtualService service in model.VirtualServices)
        {
            Gateways(load, service, gateways);
            foreach (HttpRule rule in service.Http)
            {
                if (rule.Delegate is { } reference && (!services.TryGetValue($"{reference.Namespace}/{reference.Name}", out VirtualService? target) || !target.IsDelegate))
                {
                    load.Add(FindingCodes.DelegateMissing, reference.Span, $"spec.http[{rule.Index}].delegate",
                        $"VirtualService {service.Name}: delegate {reference.Namespace}/{reference.Name} {(target is null ? "does not exist" : "has hosts, so that it is no delegate")}",
                        "the rule does not exist", Nearest(reference.Name, model.VirtualServices.Where(static other => other.IsDelegate).Select(static other => other.Name)));
                }
            }
        }

        foreach (Gateway gateway in model.Gateways)
        {
            Selection(load, model, gateway);
        }
    }

    private static void Selection(MeshLoad load, MeshModel model, Gateway gateway)
    {
        if (!new MeshOptions().Of(model.MeshConfig).IsSelectedBy(gateway.Selector))
        {
            load.Add(FindingCodes.GatewaySelector, gateway.Span, "spec.selector",
                $"Gateway {gateway.Name} selects {gateway.Selector}, and the edge carries {MeshOptions.IngressLabels}", "not served here");
        }
    }

    private static void Gateways(MeshLoad load, VirtualService service, Dictionary<string, Gateway> gateways)
    {
        if (service.IsDelegate)
        {
            return;
        }

        if (service.Gateways.All(static gateway => gateway.Name == VirtualService.MeshGateway))
        {
            load.Add(FindingCodes.SidecarsOnly, service.Span, "spec.gateways", $"VirtualService {service.Name} is for sidecars only: it names no gateway", "not served at the edge");
            return;
        }

        List<LocatedName> bound = [];
        foreach (LocatedName name in service.Gateways.Where(static gateway => gateway.Name != VirtualService.MeshGateway))
        {
            if (!gateways.TryGetValue(name.Name, out Gateway? gateway))
            {
                load.Add(FindingCodes.GatewayMissing, name.Span, "spec.gateways", $"VirtualService {service.Name}: there is no Gateway {name.Name}", "not served there",
                    Nearest(name.Name, gateways.Keys));
                continue;
            }

            List<LocatedName> here = [.. service.Hosts.Where(host => gateway.Servers.Any(server => server.Hosts.Any(other => Serves(other, service.Namespace, host.Name))))];
            bound.AddRange(here);
            if (here.Count == 0)
            {
                load.Add(FindingCodes.NoCommonHost, name.Span, "spec.gateways", $"VirtualService {service.Name}: Gateway {name.Name} has none of its hosts", "not served there");
            }
        }

        if (bound.Count == 0)
        {
            return;
        }

        foreach (LocatedName host in service.Hosts.Except(bound))
        {
            load.Add(FindingCodes.NoCommonHost, host.Span, "spec.hosts", $"VirtualService {service.Name}: none of its gateways has the host '{host.Name}'", "not served");
        }
    }

    private static bool Serves(GatewayHost server, string @namespace, string host) =>
        (server.Namespace is null || server.Namespace == @namespace) && MeshNames.Overlap(server.Host, host);

    private static string? Nearest(string name, IEnumerable<string> names) => NearestName.Find(name, names) is { } nearest ? $"did you mean '{nearest}'?" : null;
}
