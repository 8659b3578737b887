using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Limits;

/// <summary>What request-size-limiting says from the head alone.</summary>
public enum BodySizeOutcome
{
    /// <summary>The declared length fits, or there is no body.</summary>
    Pass,

    /// <summary>Length unknown: count while reading; more than <see cref="BodySizeLimit.LimitBytes"/> is a refusal.</summary>
    Measure,

    /// <summary>413 (or 417 when the client expects 100-continue).</summary>
    TooLarge,

    /// <summary>411: a length is required.</summary>
    LengthRequired,
}

/// <summary>Kong request-size-limiting (P/request-size-limiting). Immutable, thread-safe.</summary>
public sealed class BodySizeLimit
{
    private static readonly KongErrorBody Exceeded = KongErrorBody.Templated("Request size limit exceeded");
    private static readonly KongErrorBody Required = KongErrorBody.Templated("A valid Content-Length header is required");

    /// <param name="limitBytes">Largest body allowed, in bytes, 0 or more.</param>
    /// <param name="requireContentLength">Refuse a request without Content-Length that is not chunked.</param>
    /// <param name="rejectStatusCode">Status instead of 413, 400..599; 417 stays.</param>
    public BodySizeLimit(long limitBytes, bool requireContentLength = false, int rejectStatusCode = 413)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limitBytes);
        LimitBytes = limitBytes;
        RequireContentLength = requireContentLength;
        RejectStatusCode = rejectStatusCode;
    }

    public long LimitBytes { get; }

    public bool RequireContentLength { get; }

    public int RejectStatusCode { get; }

    /// <param name="contentLength">Content-Length, or -1 when absent.</param>
    /// <param name="isChunked">Transfer-Encoding: chunked (or an HTTP/2 stream with a body of unknown length).</param>
    public BodySizeOutcome Decide(long contentLength, bool isChunked)
    {
        if (contentLength >= 0)
        {
            return contentLength > LimitBytes ? BodySizeOutcome.TooLarge : BodySizeOutcome.Pass;
        }

        if (isChunked)
        {
            return BodySizeOutcome.Measure;
        }

        // Neither length nor chunked: an HTTP/1 request without body.
        return RequireContentLength ? BodySizeOutcome.LengthRequired : BodySizeOutcome.Pass;
    }

    /// <summary>Status of a refusal; 0 for an outcome that is none. A body found too large while measuring is <see cref="BodySizeOutcome.TooLarge"/>.</summary>
    public int StatusOf(BodySizeOutcome outcome, bool expectsContinue) => outcome switch
    {
        BodySizeOutcome.TooLarge => expectsContinue ? 417 : RejectStatusCode,
        BodySizeOutcome.LengthRequired => 411,
        _ => 0,
    };

    /// <summary>Body of a refusal.</summary>
    public KongErrorBody BodyOf(BodySizeOutcome outcome) => outcome == BodySizeOutcome.LengthRequired ? Required : Exceeded;
}
