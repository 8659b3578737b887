using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace VoltageSoda.Edge.Admin;

/// <summary>Complete JSON answers with their length, so that HEAD tells the same headers as GET.</summary>
internal static class JsonAnswers
{
    private const string MediaType = "application/json; charset=utf-8";

    /// <summary>Kong's compact <c>{"message":"…"}</c>.</summary>
    public static Task MessageAsync(HttpContext context, int status, string message) =>
        WriteAsync(context, status, writer => writer.WriteString("message"u8, message));

    /// <summary>One object; <paramref name="members"/> writes what is in it.</summary>
    public static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> members)
    {
        var body = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = MediaType;
        context.Response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
        }
    }
}
