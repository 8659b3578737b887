using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.LoadTests.Comparing;

namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>Turns the measurements of <c>compare.sh</c> (a JSON object per line) into a table and one JSON document.</summary>
internal static class TableCommand
{
    private static readonly JsonSerializerOptions Lines = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, IgnoreReadOnlyProperties = true };
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Build()
    {
        var input = new Argument<string>("measurements") { Description = "File with one measurement per line" };
        var about = new Option<string[]>("--about")
        {
            Description = "'name=value' for the head of the report; repeatable",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var json = new Option<string?>("--json") { Description = "Write everything as JSON here" };
        var markdown = new Option<string?>("--markdown") { Description = "Write the table here as well" };
        var command = new Command("table", "Medians and ratios of a comparison") { input, about, json, markdown };
        command.SetAction(parsed =>
        {
            Measurement[] measurements = [.. File.ReadLines(parsed.GetRequiredValue(input)).Where(line => line.Length > 0)
                .Select(line => JsonSerializer.Deserialize<Measurement>(line, Lines)!)];
            KeyValuePair<string, string>[] description = [.. (parsed.GetValue(about) ?? []).Select(Split)];
            string table = ComparisonTable.Markdown(description, measurements);
            Console.Write(table);
            if (parsed.GetValue(markdown) is { } page)
            {
                File.WriteAllText(page, table);
            }

            if (parsed.GetValue(json) is { } document)
            {
                File.WriteAllText(document, Json(description, measurements));
            }
        });
        return command;
    }

    private static KeyValuePair<string, string> Split(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? new(text, "") : new(text[..equals], text[(equals + 1)..]);
    }

    private static string Json(KeyValuePair<string, string>[] description, Measurement[] measurements)
    {
        var about = new JsonObject();
        foreach ((string name, string value) in description)
        {
            about[name] = value;
        }

        JsonNode[] medians = [.. ComparisonTable.Medians(measurements).Select(entry => new JsonObject
        {
            ["shape"] = entry.Shape,
            ["proxy"] = entry.Comparison.Proxy,
            ["rounds"] = entry.Comparison.Rounds,
            ["cpuMicrosecondsPerRequest"] = Round(entry.Comparison.Cpu),
            ["requestsPerSecond"] = Round(entry.Comparison.RequestsPerSecond),
            ["p50Us"] = Round(entry.Comparison.P50),
            ["p99Us"] = Round(entry.Comparison.P99),
            ["openP50Us"] = Round(entry.Comparison.OpenP50),
            ["openP99Us"] = Round(entry.Comparison.OpenP99),
            ["rssMiB"] = Round(entry.Comparison.RssMiB),
            ["ratios"] = JsonSerializer.SerializeToNode(entry.Ratios.ToDictionary(ratio => ratio.Key, ratio => Round(ratio.Value))),
        })];
        var rounds = new JsonArray([.. measurements.Select(measurement => JsonSerializer.SerializeToNode(measurement, Lines))]);
        return new JsonObject { ["about"] = about, ["medians"] = new JsonArray(medians), ["rounds"] = rounds }.ToJsonString(Indented) + "\n";
    }

    private static double? Round(double value) => double.IsFinite(value) ? Math.Round(value, 3) : null;
}
