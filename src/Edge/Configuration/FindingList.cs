using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration;

/// <summary>Collects findings while reading; the mode decides their severity. Used by one thread.</summary>
internal sealed class FindingList(ConfigMode mode)
{
    private readonly List<ConfigDiagnostic> _findings = [];

    /// <summary>The mode.</summary>
    public ConfigMode Mode => mode;

    /// <summary>Everything so far.</summary>
    public IReadOnlyList<ConfigDiagnostic> Findings => _findings;

    /// <summary>True when the configuration must not be served.</summary>
    public bool Refused => _findings.Exists(finding => finding.Refuses);

    /// <summary>Adds a finding. <paramref name="action"/> says what is done when it is not refused.</summary>
    public void Add(
        FindingCode code, SourceSpan span, string path, string message, string? action = null, string? hint = null, IReadOnlyList<KongError>? kong = null)
    {
        bool refuses = code.RefusesIn(mode);
        _findings.Add(new ConfigDiagnostic
        {
            Code = code.Id,
            Severity = code.SeverityIn(mode),
            Span = span,
            Path = path,
            Message = message,
            Action = refuses ? null : action,
            Hint = hint,
            KongErrors = kong,
            Refuses = refuses,
        });
    }
}
