using System.Collections.Concurrent;
using System.Globalization;

namespace VoltageSoda.Edge.Policies.Text;

/// <summary>The fixed error bodies of Kong (kong.md section 6), built once. Thread-safe.</summary>
public static class KongErrors
{
    // Bodies of statuses without a text of their own. Statuses come from our own code, so the number of keys is small.
    private static readonly ConcurrentDictionary<int, KongErrorBody> Others = new();

    public static KongErrorBody NoRoute { get; } = KongErrorBody.Templated("no Route matched with those values");

    public static KongErrorBody NoService { get; } = KongErrorBody.Templated("no Service found with those values");

    public static KongErrorBody NameResolutionFailed { get; } = KongErrorBody.Templated("name resolution failed");

    public static KongErrorBody NoEndpoint { get; } = KongErrorBody.Templated("failure to get a peer from the ring-balancer");

    public static KongErrorBody Unexpected { get; } = KongErrorBody.Templated("An unexpected error occurred");

    /// <summary>500 of a plugin in its compact shape: <c>{"message":"An unexpected error occurred"}</c>.</summary>
    public static KongErrorBody UnexpectedCompact { get; } = KongErrorBody.Compact("An unexpected error occurred");

    public static KongErrorBody BadGateway { get; } = KongErrorBody.Templated("An invalid response was received from the upstream server");

    public static KongErrorBody Unavailable { get; } = KongErrorBody.Templated("The upstream server is currently unavailable");

    public static KongErrorBody Timeout { get; } = KongErrorBody.Templated("The upstream server is timing out");

    public static KongErrorBody HttpsRequired { get; } = KongErrorBody.Templated("Please use HTTPS protocol");

    public static KongErrorBody BadRequest { get; } = KongErrorBody.Templated("Bad request");

    public static KongErrorBody NotFound { get; } = KongErrorBody.Templated("Not found");

    public static KongErrorBody MethodNotAllowed { get; } = KongErrorBody.Templated("Method not allowed");

    public static KongErrorBody RequestTimeout { get; } = KongErrorBody.Templated("Request timeout");

    public static KongErrorBody LengthRequired { get; } = KongErrorBody.Templated("Length required");

    public static KongErrorBody PreconditionFailed { get; } = KongErrorBody.Templated("Precondition failed");

    public static KongErrorBody PayloadTooLarge { get; } = KongErrorBody.Templated("Payload too large");

    public static KongErrorBody UriTooLong { get; } = KongErrorBody.Templated("URI too long");

    public static KongErrorBody ExpectationFailed { get; } = KongErrorBody.Templated("Expectation failed");

    public static KongErrorBody HeadTooLarge { get; } = KongErrorBody.Templated("Request header or cookie too large");

    /// <summary>The server layer's body for a status (400, 404, 405, 408, 411, 412, 413, 414, 417, 494, 500, 502, 503, 504, any other).</summary>
    public static KongErrorBody ForStatus(int status) => status switch
    {
        400 => BadRequest,
        404 => NotFound,
        405 => MethodNotAllowed,
        408 => RequestTimeout,
        411 => LengthRequired,
        412 => PreconditionFailed,
        413 => PayloadTooLarge,
        414 => UriTooLong,
        417 => ExpectationFailed,
        494 => HeadTooLarge,
        500 => Unexpected,
        502 => BadGateway,
        503 => Unavailable,
        504 => Timeout,
        _ => Others.GetOrAdd(status, static s => KongErrorBody.Templated(
            string.Create(CultureInfo.InvariantCulture, $"The upstream server responded with {s}"))),
    };
}
