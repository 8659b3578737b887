using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>
/// Finds the document in the body of a post, as <c>kong/api/routes/config.lua</c>: a JSON object that is one, its member or the form's field
/// <c>config</c>, else the body itself, whatever its media type says. Immutable.
/// </summary>
internal sealed class PostedDocument
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Func<string, string?> _option;

    private PostedDocument(string text, Func<string, string?> option)
    {
        Text = text;
        _option = option;
    }

    /// <summary>The text; empty when there is none.</summary>
    public string Text { get; }

    /// <summary>An option beside the document: <c>check_hash</c>, <c>flatten_errors</c>.</summary>
    public string? Option(string name) => _option(name);

    /// <summary>Reads a body; null with the reason when it is not what its media type says.</summary>
    public static async Task<(PostedDocument? Document, string Reason)> ReadAsync(HttpRequest request, byte[] body)
    {
        string type = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? media) ? media.MediaType.ToString().ToLowerInvariant() : "";
        string? FromQuery(string name) => request.Query[name] is [{ } value, ..] ? value : null;
        if (type == "multipart/form-data")
        {
            return await ReadMultipartAsync(media!, body, FromQuery);
        }

        string text;
        try
        {
            text = Strict.GetString(body.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? body.AsSpan(3) : body);
        }
        catch (DecoderFallbackException)
        {
            return (null, "the body is not UTF-8");
        }

        if (type.Contains("json", StringComparison.Ordinal) || text.AsSpan().TrimStart().StartsWith('{'))
        {
            if (FromJson(text, FromQuery, out bool isJson) is { } document)
            {
                return (document, "");
            }

            if (!isJson && type == "application/json" && text.Length > 0)
            {
                return (null, "Cannot parse JSON body");
            }
        }

        return type == "application/x-www-form-urlencoded" && FromForm(text, FromQuery) is { } form
            ? (form, "")
            : (new PostedDocument(text, FromQuery), "");
    }

    private static PostedDocument? FromJson(string text, Func<string, string?> query, out bool isJson)
    {
        isJson = false;
        try
        {
            // Whether it is a wrapper is all that is asked here; the loader reads documents itself and bounds their depth.
            using JsonDocument json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 512 });
            isJson = true;
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.TryGetProperty("_format_version", out _)
                || !root.TryGetProperty("config", out JsonElement config) || config.ValueKind is JsonValueKind.Null)
            {
                return null;
            }

            Dictionary<string, string> options = [];
            foreach (JsonProperty member in root.EnumerateObject().Where(static member => member.Name != "config"))
            {
                options[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText();
            }

            string document = config.ValueKind == JsonValueKind.String ? config.GetString()! : config.GetRawText();
            return new PostedDocument(document, name => query(name) ?? options.GetValueOrDefault(name));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // curl sends a file as a form unless told otherwise: without the field it is the document itself.
    private static PostedDocument? FromForm(string text, Func<string, string?> query)
    {
        if (!text.StartsWith("config=", StringComparison.Ordinal) && !text.Contains("&config=", StringComparison.Ordinal))
        {
            return null;
        }

        Dictionary<string, StringValues> form = QueryHelpers.ParseQuery(text);
        return form.TryGetValue("config", out StringValues config) && config[0] is { } document
            ? new PostedDocument(document, name => query(name) ?? (form.TryGetValue(name, out StringValues value) ? value[0] : null))
            : null;
    }

    private static async Task<(PostedDocument?, string)> ReadMultipartAsync(MediaTypeHeaderValue media, byte[] body, Func<string, string?> query)
    {
        string boundary = HeaderUtilities.RemoveQuotes(media.Boundary).ToString();
        if (boundary.Length is 0 or > 70)
        {
            return (null, "the multipart body has no boundary");
        }

        Dictionary<string, string> fields = [];
        try
        {
            MultipartReader reader = new(boundary, new MemoryStream(body)) { HeadersCountLimit = 16, HeadersLengthLimit = 4096 };
            while (await reader.ReadNextSectionAsync() is { } section)
            {
                if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? place) && fields.Count < 16)
                {
                    using StreamReader content = new(section.Body, Strict);
                    fields[HeaderUtilities.RemoveQuotes(place.Name).ToString()] = await content.ReadToEndAsync();
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or DecoderFallbackException)
        {
            return (null, "the multipart body cannot be read");
        }

        return (new PostedDocument(fields.GetValueOrDefault("config", ""), name => query(name) ?? fields.GetValueOrDefault(name)), "");
    }
}
