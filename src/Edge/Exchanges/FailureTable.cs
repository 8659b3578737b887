namespace VoltageSoda.Edge.Exchanges;

/// <summary>When another attempt may follow a failed one.</summary>
internal enum RetryRule : byte
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Always: no byte of the request reached an upstream.</summary>
    Always,

    /// <summary>When the method is idempotent and the body sent so far can be sent again.</summary>
    IfIdempotent,
}

/// <summary>What one <see cref="Failure"/> means on the wire, in the log and for the endpoint.</summary>
/// <param name="Status">Status that a Kong listener answers; 499 is logged and never sent.</param>
/// <param name="Message">Kong's text for the body; null when nothing can be answered.</param>
/// <param name="Flag">Envoy's response flag for the log.</param>
/// <param name="Retry">Whether another attempt may follow.</param>
/// <param name="BlamesEndpoint">Whether the endpoint's health record is charged.</param>
/// <param name="NegotiatesLikeServer">
/// Whether the body's type follows Kong's server-layer rule (Accept, then the request's Content-Type, then
/// <c>error_default_type</c>) instead of the plugin-layer rule (Accept, then JSON).
/// </param>
internal readonly record struct FailureAnswer(
    int Status, string? Message, string Flag, RetryRule Retry, bool BlamesEndpoint, bool NegotiatesLikeServer);

/// <summary>
/// The one table from failures to answers (Kong: <c>kong/error_handlers.lua</c>, <c>kong/runloop/handler.lua</c>; flags: Envoy's
/// <c>%RESPONSE_FLAGS%</c>). Immutable.
/// </summary>
internal static class FailureTable
{
    private const string InvalidResponse = "An invalid response was received from the upstream server";
    private const string TimingOut = "The upstream server is timing out";
    private const string Unavailable = "The upstream server is currently unavailable";
    private const string Unexpected = "An unexpected error occurred";

    private static readonly FailureAnswer[] Rows = Build();

    public static ref readonly FailureAnswer For(Failure failure) => ref Rows[(int)failure];

    private static FailureAnswer[] Build()
    {
        FailureAnswer[] rows = new FailureAnswer[Enum.GetValues<Failure>().Length];

        void Row(Failure failure, int status, string? message, string flag, RetryRule retry, bool blames, bool server) =>
            rows[(int)failure] = new FailureAnswer(status, message, flag, retry, blames, server);

        // Failure, status, message, flag, retry, blames the endpoint, body type as Kong's server layer chooses it.
        Row(Failure.None, 200, null, "-", RetryRule.Never, false, false);
        Row(Failure.NoRoute, 404, "no Route matched with those values", "NR", RetryRule.Never, false, false);
        Row(Failure.NoService, 503, "no Service found with those values", "NR", RetryRule.Never, false, false);
        Row(Failure.NameResolution, 503, "name resolution failed", "UH", RetryRule.Never, false, false);
        Row(Failure.NoHealthyEndpoint, 503, "failure to get a peer from the ring-balancer", "UH", RetryRule.Never, false, false);
        Row(Failure.PoolOverflow, 503, Unavailable, "UO", RetryRule.Never, false, true);
        Row(Failure.ConnectFailed, 502, InvalidResponse, "UF", RetryRule.Always, true, true);
        Row(Failure.ConnectTimeout, 504, TimingOut, "UF", RetryRule.Always, true, true);
        Row(Failure.UpstreamClosed, 502, InvalidResponse, "UC", RetryRule.IfIdempotent, true, true);
        Row(Failure.UpstreamInvalid, 502, InvalidResponse, "UPE", RetryRule.Never, true, true);
        Row(Failure.UpstreamTimeout, 504, TimingOut, "UT", RetryRule.IfIdempotent, true, true);
        Row(Failure.UpstreamWriteTimeout, 504, TimingOut, "UT", RetryRule.IfIdempotent, true, true);
        Row(Failure.UpstreamTruncated, 502, null, "UC", RetryRule.Never, true, true);
        Row(Failure.DownstreamInvalid, 400, "Bad request", "DPE", RetryRule.Never, false, true);
        Row(Failure.DownstreamGone, 499, null, "DC", RetryRule.Never, false, true);
        Row(Failure.DownstreamTimeout, 408, "Request timeout", "DC", RetryRule.Never, false, true);
        Row(Failure.DownstreamSlow, 499, null, "DC", RetryRule.Never, false, true);
        Row(Failure.OverMemory, 503, Unavailable, "OM", RetryRule.Never, false, true);
        Row(Failure.Internal, 500, Unexpected, "-", RetryRule.Never, false, false);
        Row(Failure.Loop, 508, "Loop detected", "DPE", RetryRule.Never, false, true);

        // Gateway listeners alone, which answer by a table of their own: what counts here is whom they blame.
        Row(Failure.NoCluster, 503, Unavailable, "NC", RetryRule.Never, false, true);
        Row(Failure.RouteTimeout, 504, TimingOut, "UT", RetryRule.Never, true, true);
        Row(Failure.AttemptTimeout, 504, TimingOut, "UT", RetryRule.Never, true, true);
        Row(Failure.StreamIdle, 504, TimingOut, "SI", RetryRule.Never, true, true);

        // Kong listeners alone: Gateway listeners answer it before anything is prepared.
        Row(Failure.Guarded, 403, "RBAC: access denied", "-", RetryRule.Never, false, false);
        return rows;
    }
}
