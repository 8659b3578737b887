using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Reads ServiceRole and ServiceRoleBinding, which Istio 1.6 removed. They only ever add what an AuthorizationPolicy may allow, so that leaving
/// them out opens nothing.
/// </summary>
internal static class LegacyRoleReader
{
    /// <summary>Reads one.</summary>
    public static SecurityDocument Read(MeshLoad load, MeshMetadata metadata, MeshDocument document)
    {
        load.Add(FindingCodes.LegacyRole, document.Span, "kind", $"{document.Kind} was removed in Istio 1.6; it only adds allow rules to an AuthorizationPolicy",
            "without effect: nothing is opened by it", "write an AuthorizationPolicy");
        if (new MeshRecord(load, document.Root, "", metadata.Namespace).Record("spec") is { } spec)
        {
            foreach (MeshRecord rule in spec.Records("rules"))
            {
                foreach (MeshRecord constraint in rule.Records("constraints"))
                {
                    if (constraint.Text("key") is { } key)
                    {
                        AuthorizationLints.Key(constraint, "key", key);
                    }
                }
            }

            foreach (MeshRecord subject in spec.Records("subjects"))
            {
                if (subject.Text("user") is { } user && user.Contains("://", StringComparison.Ordinal))
                {
                    subject.Report(FindingCodes.UserIsPrincipal, "user", "a URL is no identity of a workload and never matches one",
                        "it stands for the principal of a token, compared with issuer and subject joined", "write requestPrincipals in an AuthorizationPolicy");
                }
            }
        }

        return metadata.Fill(new SecurityDocument { Name = "", Namespace = "", Span = default, Kind = document.Kind });
    }
}
