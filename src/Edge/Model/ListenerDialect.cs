namespace VoltageSoda.Edge.Model;

/// <summary>Whose rules a listener follows: defaults, error bodies, status codes.</summary>
public enum ListenerDialect
{
    /// <summary>A Kong listener.</summary>
    Kong,

    /// <summary>An Istio Gateway listener.</summary>
    Istio,
}
