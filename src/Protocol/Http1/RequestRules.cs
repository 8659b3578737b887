using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>What a listener does with <c>_</c> in field names that imitate nothing.</summary>
public enum UnderscorePolicy : byte
{
    Allow,

    /// <summary>The field is dropped and counted.</summary>
    Drop,

    /// <summary>The request is refused, 400.</summary>
    Reject,
}

/// <summary>How a listener's dialect reads request heads. Immutable; one per listener, shared by its connections.</summary>
public sealed record RequestRules
{
    /// <summary>Largest head taken.</summary>
    public required HeadLimits Limits { get; init; }

    /// <summary>EDGE_UNDERSCORE_HEADERS.</summary>
    public UnderscorePolicy Underscores { get; init; }

    /// <summary>True: HTTP/1.0 without Host is served by the listener's default host. False: 426.</summary>
    public bool AllowHostlessHttp10 { get; init; }

    /// <summary>The scheme an absolute-form target may name; None accepts both (peer trusted to tell it).</summary>
    public UriScheme Scheme { get; init; } = UriScheme.Http;

    /// <summary>
    /// Names that the gateway sets itself, beyond the built-in ones; a trailing <c>*</c> makes a prefix. A field that differs from one
    /// only by <c>_</c> for <c>-</c> is dropped and counted. A name given with <c>_</c> is itself no imitation, whatever else it resembles.
    /// </summary>
    public IReadOnlyList<string> GuardedNames
    {
        get;
        init
        {
            field = value;
            Guard = new LookalikeGuard(value);
        }
    } = [];

    /// <summary>Defaults of a plain-text Kong listener.</summary>
    public static RequestRules Kong { get; } = new() { Limits = HeadLimits.Kong, Underscores = UnderscorePolicy.Allow, AllowHostlessHttp10 = true };

    /// <summary>Defaults of a plain-text Istio listener.</summary>
    public static RequestRules Istio { get; } = new() { Limits = HeadLimits.Istio, Underscores = UnderscorePolicy.Reject };

    internal LookalikeGuard Guard { get; private init; } = LookalikeGuard.Default;
}
