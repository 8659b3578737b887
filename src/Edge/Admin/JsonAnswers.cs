using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace VoltageSoda.Edge.Admin;

/// <summary>Complete JSON answers with their length, so that HEAD tells the same headers as GET.</summary>
internal static class JsonAnswers
{
    private const string MediaType = "application/json; charset=utf-8";

    // The answers are JSON by their media type and never part of a page, so that nothing needs escaping for HTML.
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Kong's compact <c>{"message":"…"}</c>.</summary>
    public static Task MessageAsync(HttpContext context, int status, string message) =>
        WriteAsync(context, status, writer => writer.WriteString("message"u8, message));

    /// <summary>One object; <paramref name="members"/> writes what is in it.</summary>
    public static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> members)
    {
        ArrayBufferWriter<byte> body = new(512);
        using (Utf8JsonWriter writer = new(body, Options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        await SendAsync(context, status, body);
    }

    /// <summary>A JSON value.</summary>
    public static async Task NodeAsync(HttpContext context, int status, JsonNode node)
    {
        ArrayBufferWriter<byte> body = new(1024);
        using (Utf8JsonWriter writer = new(body, Options))
        {
            node.WriteTo(writer);
        }

        await SendAsync(context, status, body);
    }

    private static async Task SendAsync(HttpContext context, int status, ArrayBufferWriter<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaType;
        context.Response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
        }
    }
}
