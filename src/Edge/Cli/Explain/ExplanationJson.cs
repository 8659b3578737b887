using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>An explanation as one JSON document, for tools.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    WriteIndented = true,
    NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Explanation))]
internal sealed partial class ExplanationJson : JsonSerializerContext
{
    // Header values are for people too: quotes and apostrophes stay as they are.
    private static readonly Lazy<ExplanationJson> Readable = new(static () =>
        new ExplanationJson(new JsonSerializerOptions(Default!.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    public static string Render(Explanation explanation) => JsonSerializer.Serialize(explanation, Readable.Value.Explanation);
}
