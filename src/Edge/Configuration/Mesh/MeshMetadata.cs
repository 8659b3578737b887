using System.Globalization;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Name, namespace and labels of a document.</summary>
internal sealed record MeshMetadata(string Name, string Namespace, LabelSet Labels, LabelSet Annotations, SourceSpan Span)
{
    // What the API server writes beside them.
    private static readonly string[] Elsewhere =
    [
        "generateName", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "finalizers",
        "ownerReferences", "managedFields", "selfLink", "clusterName",
    ];

    /// <summary>When the object was made, as the API server writes it; null in documents that never were there.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>False when the namespace may be another than <see cref="Namespace"/>: what is written there cannot be read.</summary>
    public bool IsNamespaceSure { get; init; } = true;

    /// <summary>Reads it; a name that is missing or none is told.</summary>
    public static MeshMetadata Read(MeshLoad load, MeshDocument document)
    {
        MeshRecord root = new(load, document.Root, "", "default");
        MeshRecord? metadata = root.Record("metadata");
        string? name = metadata?.Text("name");
        string? @namespace = metadata?.Text("namespace");
        if (name is null)
        {
            load.Add(FindingCodes.ObjectName, document.Span, "metadata.name", $"{document.Kind}: metadata.name is missing");
        }
        else if (name.Length > 253 || name.Split('.').Any(static part => !MeshNames.IsLabel(part)))
        {
            metadata!.Report(FindingCodes.ObjectName, "name", $"'{name}' is no name of an object");
        }

        bool isSure = metadata is not null || !root.Has("metadata");
        if (metadata is not null)
        {
            isSure = @namespace is null ? !metadata.Has("namespace") || metadata.Entry("namespace") is { Value: YamlScalar { Text: "" } } : IsNamespace(@namespace);
            if (@namespace is not null && !isSure)
            {
                metadata.Report(FindingCodes.ObjectName, "namespace", $"'{@namespace}' is no name of a namespace");
            }
        }

        MeshMetadata read = new(
            name ?? "", @namespace ?? "default", metadata?.Labels("labels") ?? LabelSet.Empty, metadata?.Labels("annotations") ?? LabelSet.Empty, document.Span);
        metadata?.Accept(Elsewhere);
        isSure &= @namespace is not null || metadata is null || !metadata.Unread.Any();
        metadata?.Done();
        return read with { IsNamespaceSure = isSure, Created = CreationOf(metadata) };
    }

    // A DNS label (RFC 1123) in lower case.
    private static bool IsNamespace(string name) => MeshNames.IsLabel(name) && !name.Any(char.IsAsciiLetterUpper);

    private static DateTimeOffset? CreationOf(MeshRecord? metadata) =>
        metadata?.Entry("creationTimestamp") is { Value: YamlScalar { Text: var text } }
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset created)
            ? created
            : null;

    /// <summary>Gives an object its name and place.</summary>
    public T Fill<T>(T made)
        where T : MeshObject =>
        made with { Created = Created, Name = Name, Namespace = Namespace, Labels = Labels, Annotations = Annotations, Span = Span };
}
