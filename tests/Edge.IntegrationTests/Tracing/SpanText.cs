using System.Globalization;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.IntegrationTests.Tracing;

/// <summary>Spans with what changes from run to run replaced by names, after it was checked; stateless.</summary>
internal static class SpanText
{
    /// <summary>One line of JSON per span, sorted by name.</summary>
    public static string Of(IEnumerable<JsonObject> spans, params (string Value, string Name)[] known)
    {
        JsonObject[] all = [.. spans.OrderBy(static span => (string)span["name"]!, StringComparer.Ordinal)];
        Dictionary<string, string> names = known.ToDictionary(static pair => pair.Value, static pair => pair.Name);
        foreach (JsonObject span in all)
        {
            names.TryAdd((string)span["traceId"]!, "trace");
            names.TryAdd((string)span["id"]!, "id of " + (string)span["name"]!);
        }

        List<string> lines = [];
        foreach (JsonObject span in all)
        {
            CheckTimes(span);
            foreach (string member in (string[])["traceId", "id", "parentId"])
            {
                if (span[member] is { } value)
                {
                    span[member] = names.GetValueOrDefault((string)value!, (string)value!);
                }
            }

            Name(span, "remoteEndpoint", "port", names);
            Name(span, "tags", "kong.node.id", names);
            foreach (string tag in (string[])["kong.service", "kong.route", "kong.consumer", "kong.credential"])
            {
                if (span["tags"]?[tag] is { } id)
                {
                    Assert.True(Guid.TryParse((string)id!, out _), $"{tag} {id}");
                    span["tags"]![tag] = "uuid";
                }
            }

            lines.Add(span.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        }

        return string.Join("\n", lines);
    }

    private static void Name(JsonObject span, string record, string member, Dictionary<string, string> names)
    {
        if (span[record] is JsonObject inner && inner[member] is { } value)
        {
            string text = value.ToJsonString().Trim('"');
            inner[member] = names.GetValueOrDefault(text, member);
        }
    }

    // Microseconds of today, nothing negative, annotations within the span and in order.
    private static void CheckTimes(JsonObject span)
    {
        long started = (long)span["timestamp"]!;
        long duration = (long)span["duration"]!;
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        Assert.InRange(started, now - 600_000_000, now + 10_000);
        Assert.InRange(duration, 0, 60_000_000);
        long before = started;
        foreach (JsonNode? annotation in span["annotations"]?.AsArray() ?? [])
        {
            long time = (long)annotation!["timestamp"]!;
            Assert.True(time >= before && time <= started + duration, string.Create(CultureInfo.InvariantCulture, $"{annotation} in {started}+{duration}"));
            before = time;
            annotation["timestamp"] = 0;
        }

        span["timestamp"] = 0;
        span["duration"] = 0;
    }
}
