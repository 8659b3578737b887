using System.Text;
using System.Text.Json;

namespace VoltageSoda.Edge.Policies.Text;

/// <summary>
/// A gateway-made error body in every representation Kong has, prebuilt as bytes. Immutable, thread-safe. Two shapes: templated (json,
/// plain, html, xml chosen from Accept) and compact (always JSON). Those of Kong 3.4, where only the templated JSON has a slot for the
/// request id of later versions: there it is a member that readers of the older shape pass over.
/// </summary>
public sealed class KongErrorBody
{
    private readonly ErrorRepresentation _json;
    private readonly ErrorRepresentation? _plain;
    private readonly ErrorRepresentation? _html;
    private readonly ErrorRepresentation? _xml;

    private KongErrorBody(
        string message,
        ErrorRepresentation json,
        ErrorRepresentation? plain = null,
        ErrorRepresentation? html = null,
        ErrorRepresentation? xml = null)
    {
        Message = message;
        _json = json;
        _plain = plain;
        _html = html;
        _xml = xml;
    }

    /// <summary>The message, for logs and explanations.</summary>
    public string Message { get; }

    /// <summary>Shape of the router, of plugin "error" answers and of the server layer.</summary>
    public static KongErrorBody Templated(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        string json = JsonEncodedText.Encode(message, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
        string markup = message.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);
        return new KongErrorBody(
            message,
            new ErrorRepresentation("application/json; charset=utf-8", $"{{\n  \"message\":\"{json}\"", ",\n  \"request_id\":\"", "\"", "\n}"),
            Whole("text/plain; charset=utf-8", $"{message}\n"),
            Whole(
                "text/html; charset=utf-8",
                "<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>Error</title>\n  </head>\n"
                    + $"  <body>\n    <h1>Error</h1>\n    <p>{markup}.</p>\n  </body>\n</html>\n"),
            Whole(
                "application/xml; charset=utf-8",
                $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>{markup}</message>\n</error>\n"));
    }

    /// <summary>Shape of the "exit" helper (jwt, cors): <c>{"message":"..."}</c> without white space or request id.</summary>
    public static KongErrorBody Compact(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        string json = JsonEncodedText.Encode(message, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
        return new KongErrorBody(
            message,
            Whole("application/json; charset=utf-8", $"{{\"message\":\"{json}\"}}"));
    }

    /// <summary>A compact body given as JSON text; it has no place for a request id.</summary>
    public static KongErrorBody CompactJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new KongErrorBody(json, Whole("application/json; charset=utf-8", json));
    }

    /// <summary>A body sent as it is; <paramref name="contentType"/> null sends no Content-Type. <see cref="Message"/> is the body.</summary>
    public static KongErrorBody Raw(string body, string? contentType)
    {
        ArgumentNullException.ThrowIfNull(body);
        return new KongErrorBody(body, Whole(contentType ?? "", body));
    }

    /// <summary>
    /// Picks the representation for an Accept field (empty: none was sent). <paramref name="fallback"/> is used when Accept is
    /// absent (error_default_type for server-layer errors, JSON elsewhere). Compact bodies ignore both.
    /// </summary>
    public ErrorRepresentation Select(ReadOnlySpan<byte> accept, ErrorMediaType fallback = ErrorMediaType.Json) =>
        Get(accept.IsEmpty ? fallback : AcceptField.Negotiate(accept));

    /// <summary>The representation of one media type; JSON for a compact body.</summary>
    public ErrorRepresentation Get(ErrorMediaType type) => type switch
    {
        ErrorMediaType.Plain => _plain,
        ErrorMediaType.Html => _html,
        ErrorMediaType.Xml => _xml,
        _ => _json,
    } ?? _json;

    public override string ToString() => Encoding.UTF8.GetString(_json.ToArray(default));

    private static ErrorRepresentation Whole(string contentType, string text) => new(contentType, text, null, null, "");
}

/// <summary>Media types of error bodies.</summary>
public enum ErrorMediaType
{
    Json,
    Plain,
    Html,
    Xml,
}
