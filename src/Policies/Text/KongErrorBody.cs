namespace VoltageSoda.Edge.Policies.Text;

/// <summary>
/// A gateway-made error body in every representation Kong has, prebuilt as bytes around a slot for the request id. Immutable,
/// thread-safe. Two shapes: templated (json, plain, html, xml chosen from Accept) and compact (always JSON).
/// </summary>
public sealed class KongErrorBody
{
    private KongErrorBody(string message)
    {
        Message = message;
    }

    /// <summary>The message, for logs and explanations.</summary>
    public string Message { get; }

    /// <summary>Shape of the router, of plugin "error" answers and of the server layer.</summary>
    public static KongErrorBody Templated(string message) => new(message);

    /// <summary>Shape of the "exit" helper (jwt, cors): <c>{"message":"..."}</c> without white space.</summary>
    public static KongErrorBody Compact(string message) => new(message);

    /// <summary>A compact body given as JSON text.</summary>
    public static KongErrorBody CompactJson(string json) => new(json);

    /// <summary>
    /// Picks the representation for an Accept field (empty: none was sent). <paramref name="fallback"/> is used when Accept is
    /// absent (error_default_type for server-layer errors, JSON elsewhere). Compact bodies ignore both.
    /// </summary>
    public ErrorRepresentation Select(ReadOnlySpan<byte> accept, ErrorMediaType fallback = ErrorMediaType.Json) => throw new NotImplementedException();
}

/// <summary>Media types of error bodies.</summary>
public enum ErrorMediaType
{
    Json,
    Plain,
    Html,
    Xml,
}
