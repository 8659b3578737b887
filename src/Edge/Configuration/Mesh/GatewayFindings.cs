using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>
/// What only compiling the Gateways shows: servers that clash with each other or with this process's other listeners, ports that cannot be bound,
/// values that do not compile. Stateless.
/// </summary>
internal static class GatewayFindings
{
    /// <summary>Compiles the routes once, without destinations, and tells what that found.</summary>
    /// <param name="mesh">The documents.</param>
    /// <param name="settings">Settings of the process.</param>
    /// <param name="kongDocument">Whether a Kong document is loaded beside them.</param>
    /// <param name="findings">Gets the findings.</param>
    public static void Check(MeshModel mesh, EdgeSettings settings, bool kongDocument, FindingList findings)
    {
        if (mesh.Gateways.Count == 0)
        {
            return;
        }

        List<MeshIssue> issues = [];
        MeshSnapshot snapshot = MeshCompiler.Compile(mesh, MeshOptionsReader.Read(settings), new UnknownDestinations(), issues);
        issues.AddRange(GatewayPorts.Clashes(snapshot.Listeners, Others(settings.Listeners, kongDocument)));
        foreach (MeshIssue issue in issues)
        {
            findings.Add(CodeOf(issue.Kind), issue.Span, "", issue.Message, hint: issue.Hint.Length == 0 ? null : issue.Hint);
        }
    }

    private static List<(string Owner, ListenAddress Address)> Others(ListenerSettings listeners, bool kongDocument) =>
    [
        .. listeners.Proxy(kongDocument, anythingConfigured: true).Select(static address => ("KONG_PROXY_LISTEN", address)),
        .. listeners.Admin(kongDocument, anythingConfigured: true).Select(static address => ("KONG_ADMIN_LISTEN", address)),
        .. listeners.AdminGui(kongDocument, anythingConfigured: true).Select(static address => ("KONG_ADMIN_GUI_LISTEN", address)),
        .. listeners.Status.Select(static address => ("KONG_STATUS_LISTEN", address)),
    ];

    private static FindingCode CodeOf(MeshIssueKind kind) => kind switch
    {
        MeshIssueKind.ServerConflict => FindingCodes.ServerConflict,
        MeshIssueKind.ServerNotServed => FindingCodes.ServerNotServed,
        MeshIssueKind.PrivilegedPort => FindingCodes.PrivilegedPort,
        MeshIssueKind.BadBind => FindingCodes.GatewayBind,
        MeshIssueKind.PortTaken => FindingCodes.PortTaken,
        MeshIssueKind.DelegateLost => FindingCodes.DelegateConflict,
        _ => FindingCodes.RouteValue,
    };
}
