using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>What the readers of one load share. Used by one thread.</summary>
internal sealed class MeshLoad(FindingList findings)
{
    /// <summary>True when something was found since the last <see cref="Begin"/> for which the document must be left out.</summary>
    public bool Rejected { get; private set; }

    /// <summary>The mode.</summary>
    public ConfigMode Mode => findings.Mode;

    /// <summary>Begins a document.</summary>
    public void Begin() => Rejected = false;

    /// <summary>Adds a finding; one of class <see cref="FindingClass.Rejected"/> leaves the document out.</summary>
    public void Add(FindingCode code, SourceSpan span, string path, string message, string? action = null, string? hint = null)
    {
        Rejected |= code.Class is FindingClass.Rejected or FindingClass.Invalid;
        findings.Add(code, span, path, message, action ?? (code.Class == FindingClass.Rejected ? "the document is left out" : null), hint);
    }
}
