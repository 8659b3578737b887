using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.Cli;
using VoltageSoda.Edge.Tests.Configuration;
using VoltageSoda.Edge.Tests.Telemetry;

namespace VoltageSoda.Edge.Tests.Cli;

public sealed class CheckCommandTests
{
    private const string Clean = """
        _format_version: "3.0"
        services:
        - name: app
          url: http://127.0.0.1:3000
          routes:
          - name: all
            paths: ["/"]
        """;

    private static readonly (string, string)[] Quiet =
    [
        ("KONG_PROXY_LISTEN", "127.0.0.1:8000"), ("KONG_ADMIN_LISTEN", "off"), ("KONG_ADMIN_GUI_LISTEN", "off"), ("KONG_TRUSTED_IPS", "10.0.0.0/8"),
    ];

    [Fact]
    public async Task Check_SuppliedFile_PrintsTheGoldenList()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(Loading.SampleSecrets, "check", Loading.SampleFile);

        Assert.Equal(ExitCodes.Findings, run.ExitCode);
        Assert.Empty(run.Error);
        Golden.Equal("tests/Edge.Tests/Cli/Golden/check-sample.txt", run.Output.Replace(Loading.Root + "/", "", StringComparison.Ordinal));
    }

    // The list is of use only when its lines are those of the file.
    [Theory]
    [InlineData(16, "https://*.voltage-soda.com")]
    [InlineData(36, "X-Forwarded-For")]
    [InlineData(76, "whitelist")]
    [InlineData(79, "blacklist")]
    [InlineData(85, "reject_status_code")]
    [InlineData(93, "retry_count")]
    [InlineData(171, "rsa_public_key")]
    [InlineData(205, "redis_metrics")]
    [InlineData(211, "sample_rate")]
    public async Task Check_SuppliedFile_PointsAtTheLine(int line, string word)
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(Loading.SampleSecrets, "check", Loading.SampleFile);

        Assert.Contains(word, File.ReadAllLines(Loading.SampleFile)[line - 1], StringComparison.Ordinal);
        Assert.Contains(run.Output.Split('\n'), text => text.StartsWith($"{Loading.SampleFile}:{line}:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_CleanFile_HasNothingToSay()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, Clean);

        CapturedTerminal run = await CapturedTerminal.RunAsync(Quiet, "check", path);

        Assert.Equal("1 file: nothing to say\n", run.Output);
        Assert.Equal(ExitCodes.Ok, run.ExitCode);
    }

    [Theory]
    [InlineData("lenient", 79, "7 files: loadable")]
    [InlineData("compat", 65, "7 files: refused")]
    [InlineData("strict", 65, "7 files: refused")]
    public async Task Check_MeshFolder_EndsAsItsFindings(string mode, int exitCode, string verdict)
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync([("EDGE_CONFIG_MODE", mode)], "check", Path.Combine(Loading.Root, "samples", "voltage-soda", "istio"));

        Assert.Equal(exitCode, run.ExitCode);
        Assert.EndsWith(verdict + "\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("traffic-routing.yaml:218:17: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_CleanMeshFile_HasNothingToSay()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: a}\nspec: {hosts: [a.test], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}\n");

        CapturedTerminal run = await CapturedTerminal.RunAsync([], "check", path);

        Assert.Equal("1 file: nothing to say\n", run.Output);
        Assert.Equal(ExitCodes.Ok, run.ExitCode);
    }

    [Fact]
    public async Task Check_MeshFolderForScanners_HasPlacesAndRules()
    {
        string folder = Path.Combine(Loading.Root, "samples", "voltage-soda", "istio");
        CapturedTerminal json = await CapturedTerminal.RunAsync([("EDGE_CONFIG_MODE", "lenient")], "check", "--output", "json", folder);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        JsonElement finding = document.RootElement.GetProperty("findings").EnumerateArray().Single(element => element.GetProperty("code").GetString() == "VSE2124");
        Assert.Equal((218, 17, "warning"), (finding.GetProperty("line").GetInt32(), finding.GetProperty("column").GetInt32(), finding.GetProperty("severity").GetString()));
        Assert.Contains("read as HTTPS", finding.GetProperty("action").GetString());

        CapturedTerminal sarif = await CapturedTerminal.RunAsync([("EDGE_CONFIG_MODE", "lenient")], "check", "--output", "sarif", folder);
        using JsonDocument log = JsonDocument.Parse(sarif.Output);
        JsonElement run = log.RootElement.GetProperty("runs")[0];
        Assert.Contains(run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray(), rule => rule.GetProperty("id").GetString() == "VSE2124");
        Assert.Contains(run.GetProperty("results").EnumerateArray(), result => result.GetProperty("ruleId").GetString() == "VSE2124"
            && result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region").GetProperty("startLine").GetInt32() == 218);
        Assert.DoesNotContain("valid-admin-token", json.Output + sarif.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NotesOnly_IsOk()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, Clean + "\n    request_buffering: true\n");

        CapturedTerminal run = await CapturedTerminal.RunAsync(Quiet, "check", path);

        Assert.Contains(": info VSE", run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Ok, run.ExitCode);
    }

    [Fact]
    public async Task Check_StrictMode_RefusesTheSuppliedFile()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(
            Loading.SampleSecrets, "check", Loading.SampleFile, "--set", "EDGE_CONFIG_MODE=strict");

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.EndsWith("1 file: refused\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_BadSetting_IsRefused()
    {
        using TemporaryFolder folder = new();

        CapturedTerminal run = await CapturedTerminal.RunAsync([.. Quiet, ("EDGE_LOOPS", "many")], "check", Write(folder, Clean));

        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains("EDGE_LOOPS", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KONG_HEADERS", "nonsense")]
    [InlineData("KONG_TRUSTED_IPS", "10.0.0.0/33")]
    [InlineData("KONG_LOG_LEVEL", "loud")]
    [InlineData("KONG_PROXY_LISTEN", "nowhere")]
    [InlineData("KONG_DNS_ORDER", "A,FOO")]
    public async Task Check_BadSetting_IsToldOnce(string name, string value)
    {
        using TemporaryFolder folder = new();

        CapturedTerminal run = await CapturedTerminal.RunAsync(
            [.. Quiet.Where(pair => pair.Item1 != name), (name, value)], "check", Write(folder, Clean), "--output", "json");

        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.True(document.RootElement.GetProperty("refused").GetBoolean());
        Assert.Single(document.RootElement.GetProperty("findings").EnumerateArray(), static finding => finding.GetProperty("code").GetString() == "VSE3002");
        Assert.Equal(ExitCodes.Refused, run.ExitCode);
    }

    [Fact]
    public async Task Check_NothingNamed_SaysHowToNameIt()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(Quiet, "check");

        Assert.Equal("no configuration is named: give a PATH, or set KONG_DECLARATIVE_CONFIG or EDGE_CONFIG\n", run.Output);
        Assert.Equal(ExitCodes.Ok, run.ExitCode);
    }

    [Fact]
    public async Task Check_Json_IsOneDocumentWithEveryFinding()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(Loading.SampleSecrets, "check", Loading.SampleFile, "--output", "json");

        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.False(document.RootElement.GetProperty("refused").GetBoolean());
        Assert.Contains(document.RootElement.GetProperty("findings").EnumerateArray(), static finding => finding.GetProperty("line").GetInt32() == 76);

        // Findings on the environment are in it too.
        Assert.Contains(
            document.RootElement.GetProperty("findings").EnumerateArray(),
            static finding => finding.GetProperty("code").GetString()!.StartsWith("VSE3", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.Findings, run.ExitCode);
    }

    [Fact]
    public async Task Check_Sarif_HasVersionAndResults()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(Loading.SampleSecrets, "check", Loading.SampleFile, "-o", "sarif");

        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal("2.1.0", document.RootElement.GetProperty("version").GetString());
        Assert.NotEmpty(document.RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Check_FolderWithoutFiles_SaysSo(bool byPath)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(Path.Combine(folder.Path, "notes.txt"), "x");

        CapturedTerminal run = byPath
            ? await CapturedTerminal.RunAsync(Quiet, "check", folder.Path)
            : await CapturedTerminal.RunAsync([.. Quiet, ("EDGE_CONFIG", folder.Path)], "check");

        Assert.Equal(
            $"{folder.Path}: warning VSE1009: the folder holds no file of a configuration\n    hint: names end in .yaml, .yml, .json\n"
            + "0 errors, 1 warning, 0 info\n0 files: nothing to load\n",
            run.Output);
        Assert.Equal(ExitCodes.Findings, run.ExitCode);
    }

    [Fact]
    public async Task Check_FileThatIsNotUtf8_IsRefusedWhereItStopsBeingText()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "kong.yml");
        File.WriteAllBytes(path, [.. "_format_version: \"3.0\"\nservices:\n- name: \u00e9"u8, 0xE9, .. "\n"u8]);

        CapturedTerminal run = await CapturedTerminal.RunAsync(Quiet, "check", path);

        Assert.Contains($"{path}:3:11: error VSE1025: the byte 0xe9 is not UTF-8\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, run.ExitCode);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task Check_FileWithAByteOrderMark_IsRead(string encoding)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "kong.yml");
        File.WriteAllText(path, Clean, Encoding.GetEncoding(encoding));

        CapturedTerminal run = await CapturedTerminal.RunAsync(Quiet, "check", path);

        Assert.Equal("1 file: nothing to say\n", run.Output);
    }

    private static string Write(TemporaryFolder folder, string text)
    {
        string path = Path.Combine(folder.Path, "kong.yml");
        File.WriteAllText(path, text);
        return path;
    }
}
