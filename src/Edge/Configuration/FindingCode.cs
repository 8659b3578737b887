namespace VoltageSoda.Edge.Configuration;

/// <summary>What a code says about the configuration, which decides its severity in each mode.</summary>
public enum FindingClass
{
    /// <summary>Worth knowing: info in every mode.</summary>
    Note,

    /// <summary>Legal but probably not meant: warning in every mode.</summary>
    Advice,

    /// <summary>Stock Kong refuses it and we can carry on: warning, in strict mode an error that refuses.</summary>
    Deviation,

    /// <summary>A part of the configuration does not work, the rest is served: error in every mode.</summary>
    Degraded,

    /// <summary>
    /// One document cannot be served: error that refuses, except that lenient mode serves the others and refuses every request to what the
    /// document guards.
    /// </summary>
    Rejected,

    /// <summary>Cannot be served: error that refuses in every mode.</summary>
    Invalid,
}

/// <summary>One registered code. Immutable.</summary>
/// <param name="Id">Stable code, <c>VSE</c> and four digits.</param>
/// <param name="Name">Short name for code scanners.</param>
/// <param name="Class">What it says.</param>
/// <param name="Doc">What it means and what to do, one or two sentences.</param>
public sealed record FindingCode(string Id, string Name, FindingClass Class, string Doc)
{
    /// <summary>Its severity in a mode.</summary>
    public DiagnosticSeverity SeverityIn(ConfigMode mode) => Class switch
    {
        FindingClass.Note => DiagnosticSeverity.Info,
        FindingClass.Advice => DiagnosticSeverity.Warning,
        FindingClass.Deviation => mode == ConfigMode.Strict ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
        _ => DiagnosticSeverity.Error,
    };

    /// <summary>True when the configuration must not be served in that mode.</summary>
    public bool RefusesIn(ConfigMode mode) =>
        Class == FindingClass.Invalid
        || (Class == FindingClass.Rejected && mode != ConfigMode.Lenient)
        || (Class == FindingClass.Deviation && mode == ConfigMode.Strict);
}
