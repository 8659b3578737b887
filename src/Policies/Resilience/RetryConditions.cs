using System.Collections.Immutable;

namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>What may be tried again: the tokens of Envoy's <c>retry_on</c> and <c>retry_grpc_on</c>.</summary>
[Flags]
public enum RetryOn
{
    None = 0,

    /// <summary><c>5xx</c></summary>
    ServerError = 1 << 0,

    /// <summary><c>gateway-error</c></summary>
    GatewayError = 1 << 1,

    /// <summary><c>reset</c></summary>
    Reset = 1 << 2,

    /// <summary><c>reset-before-request</c></summary>
    ResetBeforeRequest = 1 << 3,

    /// <summary><c>connect-failure</c></summary>
    ConnectFailure = 1 << 4,

    /// <summary><c>refused-stream</c></summary>
    RefusedStream = 1 << 5,

    /// <summary><c>retriable-4xx</c></summary>
    Retriable4xx = 1 << 6,

    /// <summary><c>retriable-status-codes</c></summary>
    RetriableStatusCodes = 1 << 7,

    /// <summary><c>retriable-headers</c>; Istio has no way to name the headers, so that it never matches.</summary>
    RetriableHeaders = 1 << 8,

    /// <summary><c>envoy-ratelimited</c></summary>
    RateLimited = 1 << 9,

    /// <summary><c>cancelled</c>, gRPC status 1</summary>
    GrpcCancelled = 1 << 10,

    /// <summary><c>deadline-exceeded</c>, gRPC status 4</summary>
    GrpcDeadlineExceeded = 1 << 11,

    /// <summary><c>resource-exhausted</c>, gRPC status 8</summary>
    GrpcResourceExhausted = 1 << 12,

    /// <summary><c>internal</c>, gRPC status 13</summary>
    GrpcInternal = 1 << 13,

    /// <summary><c>unavailable</c>, gRPC status 14</summary>
    GrpcUnavailable = 1 << 14,
}

/// <summary>Why an attempt has no answer, as far as retries are concerned.</summary>
public enum ResetKind : byte
{
    /// <summary>A limit of the gateway refused it: never tried again.</summary>
    Overflow,

    /// <summary>No connection, in time or at all.</summary>
    ConnectFailed,

    /// <summary>The stream was refused (HTTP/2 <c>REFUSED_STREAM</c>).</summary>
    RefusedStream,

    /// <summary>The attempt's own time is over.</summary>
    PerTryTimeout,

    /// <summary>The connection or stream broke, or what came was not HTTP.</summary>
    Broken,
}

/// <summary>
/// A parsed <c>retryOn</c> and what it says of an answer or a reset (<c>envoy: source/common/router/retry_state_impl.cc</c>). Immutable,
/// thread-safe; asking allocates nothing.
/// </summary>
public sealed class RetryConditions
{
    private static readonly (string Token, RetryOn Flag)[] Tokens =
    [
        ("5xx", RetryOn.ServerError),
        ("gateway-error", RetryOn.GatewayError),
        ("reset", RetryOn.Reset),
        ("reset-before-request", RetryOn.ResetBeforeRequest),
        ("connect-failure", RetryOn.ConnectFailure),
        ("refused-stream", RetryOn.RefusedStream),
        ("retriable-4xx", RetryOn.Retriable4xx),
        ("retriable-status-codes", RetryOn.RetriableStatusCodes),
        ("retriable-headers", RetryOn.RetriableHeaders),
        ("envoy-ratelimited", RetryOn.RateLimited),
        ("cancelled", RetryOn.GrpcCancelled),
        ("deadline-exceeded", RetryOn.GrpcDeadlineExceeded),
        ("resource-exhausted", RetryOn.GrpcResourceExhausted),
        ("internal", RetryOn.GrpcInternal),
        ("unavailable", RetryOn.GrpcUnavailable),
    ];

    private const RetryOn Grpc = RetryOn.GrpcCancelled | RetryOn.GrpcDeadlineExceeded | RetryOn.GrpcResourceExhausted
        | RetryOn.GrpcInternal | RetryOn.GrpcUnavailable;

    private RetryConditions(RetryOn on, ImmutableArray<int> codes, ImmutableArray<string> unknown)
    {
        On = on;
        StatusCodes = codes;
        Unknown = unknown;
    }

    /// <summary>What Istio asks for where a route says nothing: <c>connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes</c>.</summary>
    public static RetryConditions Default { get; } =
        Parse("connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes");

    /// <summary>The known tokens.</summary>
    public RetryOn On { get; }

    /// <summary>Statuses named by number, ascending.</summary>
    public ImmutableArray<int> StatusCodes { get; }

    /// <summary>Tokens that mean nothing here, as written; they are ignored while serving.</summary>
    public ImmutableArray<string> Unknown { get; }

    /// <summary>Every token that may be written, for hints.</summary>
    public static IEnumerable<string> KnownTokens => Tokens.Select(static one => one.Token).Append("http3-post-connect-failure");

    /// <summary>
    /// Reads a list: split at commas, blanks around tokens ignored, empty ones too; a status by number switches
    /// <c>retriable-status-codes</c> on (<c>istio: pilot/pkg/networking/core/route/retry/retry.go</c>). What is empty is the default.
    /// </summary>
    public static RetryConditions Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Default;
        }

        RetryOn on = RetryOn.None;
        SortedSet<int> codes = [];
        List<string> unknown = [];
        foreach (string token in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(token, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int code)
                && IsStatus(code))
            {
                codes.Add(code);
                on |= RetryOn.RetriableStatusCodes;
            }
            else if (Array.Find(Tokens, one => one.Token == token) is { Token: not null } known)
            {
                on |= known.Flag;
            }
            else if (token != "http3-post-connect-failure")
            {
                unknown.Add(token);
            }
        }

        return new RetryConditions(on, [.. codes], [.. unknown]);
    }

    /// <summary>Whether an answer may be tried again.</summary>
    /// <param name="status">Status of the answer.</param>
    /// <param name="grpcStatus">Value of <c>grpc-status</c> among its header fields, not its trailers; -1 without.</param>
    /// <param name="isRateLimited">Whether it carries <c>x-envoy-ratelimited</c>.</param>
    public bool Matches(int status, int grpcStatus, bool isRateLimited)
    {
        if (isRateLimited)
        {
            return (On & RetryOn.RateLimited) != 0;
        }

        return ((On & RetryOn.ServerError) != 0 && status is >= 500 and <= 599)
            || ((On & RetryOn.GatewayError) != 0 && status is (502 or 503 or 504))
            || ((On & RetryOn.Retriable4xx) != 0 && status == 409)
            || ((On & RetryOn.RetriableStatusCodes) != 0 && StatusCodes.AsSpan().Contains(status))
            || ((On & Grpc) != 0 && (On & GrpcFlag(grpcStatus)) != 0);
    }

    /// <summary>Whether an attempt without answer may be tried again.</summary>
    /// <param name="kind">Why it has none.</param>
    /// <param name="requestSent">Whether the request's head may have been sent.</param>
    public bool Matches(ResetKind kind, bool requestSent)
    {
        if (kind == ResetKind.Overflow)
        {
            return false;
        }

        return (On & (RetryOn.Reset | RetryOn.ServerError | RetryOn.GatewayError)) != 0
            || (kind == ResetKind.ConnectFailed && (On & RetryOn.ConnectFailure) != 0)
            || (kind == ResetKind.RefusedStream && (On & RetryOn.RefusedStream) != 0)
            || (!requestSent && (On & RetryOn.ResetBeforeRequest) != 0);
    }

    private static RetryOn GrpcFlag(int status) => status switch
    {
        1 => RetryOn.GrpcCancelled,
        4 => RetryOn.GrpcDeadlineExceeded,
        8 => RetryOn.GrpcResourceExhausted,
        13 => RetryOn.GrpcInternal,
        14 => RetryOn.GrpcUnavailable,
        _ => RetryOn.None,
    };

    // Istio takes a number for a status where Go's http.StatusText knows it.
    private static bool IsStatus(int code) => code is
        >= 100 and <= 103 or >= 200 and <= 208 or 226 or >= 300 and <= 305 or 307 or 308
        or >= 400 and <= 418 or >= 421 and <= 426 or 428 or 429 or 431 or 451 or >= 500 and <= 508 or 510 or 511;
}
