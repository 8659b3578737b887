using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>What the compilation of Gateways can find.</summary>
internal enum MeshIssueKind
{
    /// <summary>A server that clashes with one before it on the same port: skipped.</summary>
    ServerConflict,

    /// <summary>A server of a protocol or TLS mode that is not served: skipped.</summary>
    ServerNotServed,

    /// <summary>A port that this process may not bind: skipped.</summary>
    PrivilegedPort,

    /// <summary>A bind that is no address.</summary>
    BadBind,

    /// <summary>A port that another listener of this process has.</summary>
    PortTaken,

    /// <summary>A rule of a delegate that lies outside of the rule that names it: left out.</summary>
    DelegateLost,

    /// <summary>A value that cannot be compiled: an operator, a pattern, a substitution.</summary>
    BadValue,
}

/// <summary>Something to tell about Gateways and VirtualServices that only compiling them shows. Immutable.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Span">Where.</param>
/// <param name="Message">What is wrong and what was done.</param>
/// <param name="Hint">What to do; may be empty.</param>
internal sealed record MeshIssue(MeshIssueKind Kind, SourceSpan Span, string Message, string Hint = "");
