namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>What a report or a tick did about an endpoint.</summary>
public enum OutlierAction : byte
{
    None,

    /// <summary>It left the rotation; exactly one report is told.</summary>
    Ejected,

    /// <summary>It is back.</summary>
    Returned,

    /// <summary>It is an outlier, and the enforcing percentage let it stay.</summary>
    NotEnforced,

    /// <summary>It is an outlier, and too many others are out.</summary>
    Overflow,
}

/// <summary>An action and its cause; the default is no action.</summary>
/// <param name="Action">What happened.</param>
/// <param name="Cause">Why; without meaning for <see cref="OutlierAction.None"/> and <see cref="OutlierAction.Returned"/>.</param>
public readonly record struct OutlierChange(OutlierAction Action, EjectionCause Cause)
{
    public static OutlierChange None => default;

    public static OutlierChange Returned => new(OutlierAction.Returned, default);
}

/// <summary>A change that a tick made.</summary>
/// <param name="Record">Whose.</param>
/// <param name="Change">Which.</param>
public readonly record struct OutlierTransition(OutlierRecord Record, OutlierChange Change);
