using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Name, namespace and labels of a document.</summary>
internal sealed record MeshMetadata(string Name, string Namespace, LabelSet Labels, LabelSet Annotations, SourceSpan Span)
{
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

        if (@namespace is not null && !MeshNames.IsLabel(@namespace))
        {
            metadata!.Report(FindingCodes.ObjectName, "namespace", $"'{@namespace}' is no name of a namespace");
        }

        return new MeshMetadata(
            name ?? "", @namespace ?? "default", metadata?.Labels("labels") ?? LabelSet.Empty, metadata?.Labels("annotations") ?? LabelSet.Empty, document.Span);
    }

    /// <summary>Gives an object its name and place.</summary>
    public T Fill<T>(T made)
        where T : MeshObject =>
        made with { Name = Name, Namespace = Namespace, Labels = Labels, Annotations = Annotations, Span = Span };
}
