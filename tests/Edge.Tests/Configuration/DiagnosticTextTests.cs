using System.Text.Json;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class DiagnosticTextTests
{
    private static readonly ConfigDiagnostic Finding = new()
    {
        Code = "VSE1010",
        Severity = DiagnosticSeverity.Warning,
        Span = new SourceSpan("a/kong.yml", 3, 5),
        Path = "services[0].nme",
        Message = "nme: unknown field",
        Action = "left out",
        Hint = "did you mean 'name'?",
    };

    [Fact]
    public void Text_Finding_HasTheLineAndTheHint() => Assert.Equal(
        "a/kong.yml:3:5: warning VSE1010: nme: unknown field; left out\n    hint: did you mean 'name'?\n0 errors, 1 warning, 0 info\n",
        DiagnosticText.Text([Finding]));

    [Fact]
    public void Text_Nothing_IsEmpty() => Assert.Equal("", DiagnosticText.Text([]));

    [Fact]
    public void Text_ControlCharacters_StayOnOneLine()
    {
        string text = DiagnosticText.Text([Finding with { Message = "a\n\u001b[31mb", Hint = "c\r\nd" }]);
        Assert.Contains("a\\x0a\\x1b[31mb", text);
        Assert.Contains("hint: c\\x0d\\x0ad", text);
        Assert.Equal(4, text.Split('\n').Length);
    }

    [Fact]
    public void Line_WithoutLine_NamesTheFileAlone() => Assert.Equal(
        "environment: warning VSE1010: nme: unknown field; left out",
        DiagnosticText.Line(Finding with { Span = new SourceSpan("environment", 0, 0) }));

    [Fact]
    public void Json_Result_HoldsEveryPart()
    {
        LoadResult result = new() { Findings = [Finding, Finding with { Hint = null, Action = null }], Files = ["a/kong.yml"], Refused = true, Hash = "abc" };
        using JsonDocument json = JsonDocument.Parse(DiagnosticText.Json(result));
        Assert.True(json.RootElement.GetProperty("refused").GetBoolean());
        JsonElement first = json.RootElement.GetProperty("findings")[0];
        Assert.Equal("VSE1010", first.GetProperty("code").GetString());
        Assert.Equal("warning", first.GetProperty("severity").GetString());
        Assert.Equal(3, first.GetProperty("line").GetInt32());
        Assert.Equal("services[0].nme", first.GetProperty("path").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("findings")[1].GetProperty("hint").ValueKind);
    }

    [Fact]
    public void Sarif_Result_NamesRuleAndPlace()
    {
        LoadResult result = new() { Findings = [Finding, Finding with { Span = SourceSpan.None, Severity = DiagnosticSeverity.Info }] };
        using JsonDocument json = JsonDocument.Parse(DiagnosticText.Sarif(result, "1.2.3"));
        Assert.Equal("2.1.0", json.RootElement.GetProperty("version").GetString());
        JsonElement run = json.RootElement.GetProperty("runs")[0];
        Assert.Equal("unknown-field", Assert.Single(run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray()).GetProperty("name").GetString());
        JsonElement first = run.GetProperty("results")[0];
        Assert.Equal("warning", first.GetProperty("level").GetString());
        JsonElement place = first.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("a/kong.yml", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal(5, place.GetProperty("region").GetProperty("startColumn").GetInt32());
        Assert.Equal("note", run.GetProperty("results")[1].GetProperty("level").GetString());
        Assert.False(run.GetProperty("results")[1].TryGetProperty("locations", out _));
    }

    [Fact]
    public void Sarif_PathWithBlanks_IsAReference()
    {
        LoadResult result = new() { Findings = [Finding with { Span = new SourceSpan("a b/50% off:x.yml", 3, 5) }], Refused = false, Hash = "", Files = [] };
        using JsonDocument document = JsonDocument.Parse(DiagnosticText.Sarif(result, "1"));
        JsonElement run = document.RootElement.GetProperty("runs")[0];
        Assert.Equal("utf16CodeUnits", run.GetProperty("columnKind").GetString());
        string uri = run.GetProperty("results")[0].GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString()!;
        Assert.Equal("a%20b/50%25%20off%3Ax.yml", uri);
        Assert.True(Uri.IsWellFormedUriString(uri, UriKind.Relative));
    }
}
