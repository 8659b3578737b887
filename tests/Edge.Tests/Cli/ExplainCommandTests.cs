using System.Text.Json;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Cli;
using VoltageSoda.Edge.Tests.Configuration;

namespace VoltageSoda.Edge.Tests.Cli;

public sealed partial class ExplainCommandTests
{
    private static readonly string Overlay = Path.Combine(Loading.Root, "samples", "voltage-soda", "overlay.yml");

    [Theory]
    [InlineData("proxied", "DELETE", "http://shop.test:8000/api/flavors/cola?size=2", "X-API-Version: 2")]
    [InlineData("refused", "GET", "/api/v1/orders", "Accept: application/json")]
    [InlineData("no-route", "PATCH", "/recipes", "Accept: */*")]
    public async Task Explain_Sample_PrintsTheGoldenText(string name, string method, string url, string field)
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(
            Loading.SampleSecrets, "explain", method, url, "-H", field, "--config", Loading.SampleFile, Overlay);

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.Empty(run.Error);
        string text = Random().Replace(run.Output.Replace(Loading.Root + "/", "", StringComparison.Ordinal), "$1: ...");
        Golden.Equal($"tests/Edge.Tests/Cli/Golden/explain-{name}.txt", text);
    }

    [Fact]
    public async Task Explain_Json_IsOneDocument()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(
            Loading.SampleSecrets, "explain", "GET", "/api/v1/orders", "--output", "json", "-c", Loading.SampleFile, "-c", Overlay);

        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement;
        Assert.Equal("voltage-soda-api-routes", root.GetProperty("route").GetProperty("name").GetString());
        Assert.Equal(137, root.GetProperty("route").GetProperty("place").GetProperty("line").GetInt32());
        Assert.Equal(
            "Answers", root.GetProperty("plugins").EnumerateArray().Single(static plugin => plugin.GetProperty("name").GetString() == "jwt").GetProperty("effect").GetString());
        Assert.Equal(401, root.GetProperty("outcome").GetProperty("status").GetInt32());
        Assert.False(root.TryGetProperty("upstream", out _));
    }

    [Fact]
    public async Task Explain_RefusedConfiguration_SaysWhy()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(
            Loading.SampleSecrets, "explain", "GET", "/", "--config", Loading.SampleFile, "--set", "EDGE_CONFIG_MODE=strict");

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains(": error VSE", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_ClientIp_IsTheClient()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(
            Loading.SampleSecrets, "explain", "GET", "/", "--client-ip", "2001:db8::7", "-c", Loading.SampleFile, Overlay);

        Assert.Contains("X-Real-IP: 2001:db8::7", run.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex("(X-Kong-Request-Id|x-b3-traceid|x-b3-spanid|x-b3-parentspanid): [0-9a-f]{16,32}")]
    private static partial Regex Random();
}
