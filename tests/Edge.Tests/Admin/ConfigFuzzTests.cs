using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>Random damage to a document never gets anything but an acceptance or a refusal.</summary>
public sealed class ConfigFuzzTests
{
    private static readonly string[] Pieces =
    [
        "null", "[]", "{}", "-1", "1e999", "\"\"", "\"\\ud800\"", "&a", "*a", "<<: *a", "!!binary x", "---", "...", "\u0000", "\uFEFF", "- ", "  ", "\t",
        "${HOME}", "{vault://env/home}", "~(((", "99999999999999999999", "'", "|", ">", "? ", "service: nobody", "plugins:", "name: cors", "id: x",
        "routes: {}", "config: 5", "tags: [[]]",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Post_Damaged_IsNever500(int seed)
    {
        await using AdminEdge edge = await AdminEdge.StartAsync("");
        Random random = new(seed);
        string json = (await AsJsonAsync(edge)).ToJsonString();
        for (int i = 0; i < 150; i++)
        {
            string text = Damage(random, random.Next(2) == 0 ? EveryKind.Text : json);
            string query = random.Next(2) == 0 ? "?flatten_errors=1" : "";
            string? type = random.Next(3) switch { 0 => "application/json", 1 => "text/yaml", _ => null };
            (HttpStatusCode status, JsonNode? body) = await edge.PostConfigAsync(text, query, type);
            Assert.True(status is HttpStatusCode.Created or HttpStatusCode.BadRequest, $"seed {seed}, round {i}: {status} {body}\n{text}");
            foreach (string path in (string[])["/services", "/plugins", "/config", "/upstreams", "/tags"])
            {
                await edge.GetAsync(path);
            }
        }
    }

    private static async Task<JsonNode> AsJsonAsync(AdminEdge edge)
    {
        await edge.PostConfigAsync(EveryKind.Text);
        JsonObject document = new() { ["_format_version"] = "3.0" };
        foreach (string collection in (string[])["services", "routes", "consumers", "plugins", "upstreams"])
        {
            document[collection] = (await edge.GetAsync("/" + collection))["data"]!.DeepClone();
        }

        return document;
    }

    private static string Damage(Random random, string source)
    {
        StringBuilder text = new(source);
        for (int cut = random.Next(1, 6); cut > 0 && text.Length > 2; cut--)
        {
            int at = random.Next(text.Length - 1);
            int length = Math.Min(random.Next(1, 30), text.Length - at);
            switch (random.Next(5))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 2:
                    text.Insert(at, text.ToString(at, length));
                    break;
                case 3:
                    text[at] = (char)random.Next(1, 0x300);
                    break;
                default:
                    text.Remove(at, length).Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
            }
        }

        return text.ToString();
    }
}
