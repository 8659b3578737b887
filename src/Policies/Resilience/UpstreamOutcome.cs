namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>How an attempt ended as far as its endpoint is concerned.</summary>
public enum OutcomeKind : byte
{
    /// <summary>It says nothing of the endpoint: the client left, a limit of the gateway refused it, the answer is the gateway's own.</summary>
    Silent = 0,

    /// <summary>The endpoint sent a response head.</summary>
    Answered,

    /// <summary>No connection: refused, unreachable, a failed handshake, not established in time.</summary>
    ConnectFailed,

    /// <summary>The request went out and no response head came within the attempt's or the route's time.</summary>
    TimedOut,

    /// <summary>The connection or stream broke before a complete response head, or what came was not HTTP.</summary>
    Reset,
}

/// <summary>The one report of an attempt to those who judge its endpoint.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="Status">Status of the answer, 100..999; 0 unless <paramref name="Kind"/> is <see cref="OutcomeKind.Answered"/>.</param>
public readonly record struct UpstreamOutcome(OutcomeKind Kind, int Status)
{
    public static UpstreamOutcome Silent => default;

    public static UpstreamOutcome ConnectFailed => new(OutcomeKind.ConnectFailed, 0);

    public static UpstreamOutcome TimedOut => new(OutcomeKind.TimedOut, 0);

    public static UpstreamOutcome Reset => new(OutcomeKind.Reset, 0);

    public static UpstreamOutcome Answered(int status) => new(OutcomeKind.Answered, status);
}
