namespace VoltageSoda.Edge.Policies.Text;

/// <summary>The fixed error bodies of Kong (kong.md section 6), built once.</summary>
public static class KongErrors
{
    public static KongErrorBody NoRoute { get; } = KongErrorBody.Templated("no Route matched with those values");

    public static KongErrorBody NoService { get; } = KongErrorBody.Templated("no Service found with those values");

    public static KongErrorBody NameResolutionFailed { get; } = KongErrorBody.Templated("name resolution failed");

    public static KongErrorBody NoEndpoint { get; } = KongErrorBody.Templated("failure to get a peer from the ring-balancer");

    public static KongErrorBody Unexpected { get; } = KongErrorBody.Templated("An unexpected error occurred");

    public static KongErrorBody BadGateway { get; } = KongErrorBody.Templated("An invalid response was received from the upstream server");

    public static KongErrorBody Unavailable { get; } = KongErrorBody.Templated("The upstream server is currently unavailable");

    public static KongErrorBody Timeout { get; } = KongErrorBody.Templated("The upstream server is timing out");

    public static KongErrorBody HttpsRequired { get; } = KongErrorBody.Templated("Please use HTTPS protocol");

    /// <summary>The server layer's body for a status (400, 404, 405, 408, 411, 412, 413, 414, 417, 494, 500, 502, 503, 504, any other).</summary>
    public static KongErrorBody ForStatus(int status) => throw new NotImplementedException();
}
