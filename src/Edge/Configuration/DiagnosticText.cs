namespace VoltageSoda.Edge.Configuration;

/// <summary>Renders findings for people, scripts and code scanners. Pure.</summary>
public static class DiagnosticText
{
    /// <summary><c>file:line:col: severity CODE: message</c> without the hint.</summary>
    public static string Line(ConfigDiagnostic finding)
    {
        string severity = finding.Severity switch
        {
            DiagnosticSeverity.Info => "info",
            DiagnosticSeverity.Warning => "warning",
            _ => "error",
        };
        string action = finding.Action is null ? "" : $"; {finding.Action}";
        return $"{finding.Span}: {severity} {finding.Code}: {finding.Message}{action}";
    }

    /// <summary>All findings as text, each with its hint line.</summary>
    public static string Text(IReadOnlyList<ConfigDiagnostic> findings) => throw new NotImplementedException();

    /// <summary>All findings as one JSON document.</summary>
    public static string Json(LoadResult result) => throw new NotImplementedException();

    /// <summary>All findings as SARIF 2.1.0.</summary>
    public static string Sarif(LoadResult result, string version) => throw new NotImplementedException();
}
