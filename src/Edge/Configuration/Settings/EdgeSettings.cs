namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>
/// Every setting of the process, typed, with where each came from: command line, then <c>EDGE_*</c>, <c>KONG_*</c> and <c>OTEL_*</c>, then the
/// settings file, then the default. Immutable, thread-safe; read values when a snapshot is compiled, not per request.
/// </summary>
public sealed partial class EdgeSettings
{
    private readonly IReadOnlyDictionary<Setting, (object? Value, SettingOrigin Origin)> _given;

    internal EdgeSettings(
        IReadOnlyDictionary<Setting, (object? Value, SettingOrigin Origin)> given,
        IReadOnlyDictionary<string, string> variables,
        IReadOnlyList<ConfigDiagnostic> findings)
    {
        _given = given;
        Variables = variables;
        Findings = findings;
        Sources = new SourceSettings(this);
        Listeners = new ListenerSettings(this);
        Limits = new LimitSettings(this);
        Timeouts = new TimeoutSettings(this);
        Pools = new PoolSettings(this);
        Kong = new KongSettings(this);
        Telemetry = new TelemetrySettings(this);
        Tls = new TlsSettings(this);
    }

    /// <summary>Nothing given.</summary>
    public static EdgeSettings Defaults { get; } = SettingsLoader.Load(new Dictionary<string, string>());

    /// <summary>The variables of the process as they were read; <c>${NAME}</c> in documents looks here. Never log it.</summary>
    internal IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Bad values, unknown names, settings that do nothing.</summary>
    public IReadOnlyList<ConfigDiagnostic> Findings { get; }

    /// <summary>True when a value is invalid: the process must not start.</summary>
    public bool Refused => Findings.Any(finding => finding.Refuses);

    /// <summary>Where the configuration comes from.</summary>
    public SourceSettings Sources { get; }

    /// <summary>What is bound, and the process.</summary>
    public ListenerSettings Listeners { get; }

    /// <summary>Sizes and counts.</summary>
    public LimitSettings Limits { get; }

    /// <summary>Times.</summary>
    public TimeoutSettings Timeouts { get; }

    /// <summary>Upstream connections and Redis.</summary>
    public PoolSettings Pools { get; }

    /// <summary>Kong's properties.</summary>
    public KongSettings Kong { get; }

    /// <summary>Logs and traces.</summary>
    public TelemetrySettings Telemetry { get; }

    /// <summary>Certificates and rules of TLS.</summary>
    public TlsSettings Tls { get; }

    /// <summary>Reads the process environment.</summary>
    public static EdgeSettings FromEnvironment(IReadOnlyDictionary<string, string>? commandLine = null) =>
        SettingsLoader.Load(SettingsLoader.ProcessVariables(), commandLine);

    /// <summary>Reads given variables; for tests and embedding.</summary>
    public static EdgeSettings From(params (string Name, string Value)[] variables) =>
        SettingsLoader.Load(variables.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal));

    /// <summary>The value of a row.</summary>
    public T Get<T>(Setting<T> setting) => _given.TryGetValue(setting, out var given) ? (T)given.Value! : setting.Default;

    /// <summary>True when the row has a value of its own.</summary>
    public bool IsGiven(Setting setting) => _given.ContainsKey(setting);

    /// <summary>Where the value of a row came from; text is masked for secrets.</summary>
    public SettingOrigin OriginOf(Setting setting) => _given.TryGetValue(setting, out var given)
        ? given.Origin
        : new SettingOrigin(SettingOriginKind.Default, setting.Name, setting.DefaultText);

    /// <summary>Every setting with its effective value as text and where it came from; secrets are masked.</summary>
    public IReadOnlyList<SettingLine> Describe() => [.. SettingTable.All.Select(row => new SettingLine(row, OriginOf(row)))];

    /// <summary>True when any <c>KONG_*</c> variable is given.</summary>
    public bool AnyKongVariable => Variables.Keys.Any(name => name.StartsWith("KONG_", StringComparison.Ordinal) && Variables[name].Length > 0);
}
