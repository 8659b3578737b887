using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// Reads what the documents that guard access guard. Their rules are not enforced yet, so that each is a start error; lenient mode refuses
/// every request to what they guard instead. Nothing here ever opens what a document closes.
/// </summary>
internal static class SecurityReader
{
    /// <summary>Reads one. Returns the document, and what is denied for it in lenient mode.</summary>
    public static (SecurityDocument Document, DeniedWorkload? Denied) Read(MeshLoad load, MeshMetadata metadata, MeshDocument document)
    {
        MeshRecord root = new(load, document.Root, "", metadata.Namespace);
        MeshRecord? spec = root.Record("spec");
        LabelSet? selector = spec is null ? LabelSet.Empty : document.Lost.Count > 0 ? null : Selector(spec);
        SecurityDocument read = metadata.Fill(new SecurityDocument
        {
            Name = "",
            Namespace = "",
            Span = default,
            Kind = document.Kind,
            Selector = selector ?? LabelSet.Empty,
            SelectorSpan = spec?.SpanOf("selector") ?? document.Span,
            IsBroken = spec is null && root.IsWritten("spec"),
        });
        switch (document.Kind)
        {
            case "AuthorizationPolicy" when spec is not null:
                AuthorizationLints.Check(spec);
                break;
            case "RequestAuthentication" when spec is not null:
                TokenLints.Check(spec);
                break;
            case "PeerAuthentication" when spec is not null && document.Lost.Count == 0 && PeerDemand.IsNone(spec):
                load.Add(FindingCodes.PermissivePeers, document.Span, "", $"PeerAuthentication {metadata.Name} demands no client certificates", "without effect here");
                return (read, null);
        }

        return (read, Deny(load, metadata, document.Kind, selector, document.Span));
    }

    /// <summary>Refuses to serve what a document guards: an error at start, and in lenient mode an answer of 403.</summary>
    /// <param name="load">Findings.</param>
    /// <param name="metadata">Name and namespace of the document.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="selector">Labels of the workloads; null when they could not be read, which takes the whole namespace.</param>
    /// <param name="span">Where it stands.</param>
    public static DeniedWorkload Deny(MeshLoad load, MeshMetadata metadata, string kind, LabelSet? selector, SourceSpan span)
    {
        DeniedWorkload denied = new()
        {
            Span = span,
            Kind = kind,
            Name = metadata.Name,
            Namespace = metadata.Namespace == MeshModel.RootNamespace || !metadata.IsNamespaceSure ? null : metadata.Namespace,
            Selector = selector ?? LabelSet.Empty,
        };
        string where = denied.Namespace is null ? "the whole mesh" : $"namespace {denied.Namespace}";
        string workloads = denied.Selector.Count == 0 ? $"every workload of {where}" : $"workloads with {denied.Selector} in {where}";
        load.Add(FindingCodes.SecurityNotEnforced, span, "", $"{$"{kind} {metadata.Name}".TrimEnd()} guards {workloads}, and is not enforced yet",
            "every request to them is answered 403", load.Mode == ConfigMode.Lenient ? null : "EDGE_CONFIG_MODE=lenient serves the rest and denies these");
        return denied;
    }

    // Null when it says whom it guards in a way that is not understood: then the namespace is meant.
    private static LabelSet? Selector(MeshRecord spec)
    {
        if (spec.Has("targetRef") || spec.Has("targetRefs"))
        {
            return null;
        }

        if (spec.Entry("selector") is null)
        {
            return LabelSet.Empty;
        }

        MeshRecord? selector = spec.Record("selector");
        LabelSet? labels = selector?.Labels("matchLabels");
        return labels is null || selector!.Unread.Any() || labels.All.Any(static label => !LabelSyntax.IsKey(label.Key) || !LabelSyntax.IsValue(label.Value)) ? null : labels;
    }
}
