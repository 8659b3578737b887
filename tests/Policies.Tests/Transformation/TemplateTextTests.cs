using System.Text;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Tests.Transformation;

public sealed class TemplateTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("$5 (five)", "$5 (five)")]
    [InlineData("$(headers[\"x-name\"])", "soda")]
    [InlineData("$(headers['X-Name'])", "soda")]
    [InlineData("$(headers.x_name)", "soda")]
    [InlineData("<$(headers.x_name)|$(query_params.q)>", "<soda|a b&c>")]
    [InlineData("$(query_params[\"two words\"])", "yes")]
    [InlineData("$(uri_captures[1])", "42")]
    [InlineData("$(uri_captures.id)", "42")]
    [InlineData("$(uri_captures['id'])", "42")]
    [InlineData("$(headers.absent)", "")]
    [InlineData("$(headers.absent or \"none\")", "none")]
    [InlineData("$(headers.absent or query_params.absent or uri_captures.id or 'x')", "42")]
    [InlineData("$(\"a ) or (b\")", "a ) or (b")]
    [InlineData("$(7)", "7")]
    [InlineData("$(uri_captures[9] or uri_captures.none or 'x')", "x")]
    [InlineData("$(query_params.empty)", "")]
    public void Render_Supported_FindsTheValue(string template, string expected)
    {
        Assert.True(TemplateText.TryParse(template, out TemplateText? parsed, out string? error), error);
        Assert.True(RegexTranslation.TryCompile("/(?<id>[0-9]+)", false, RegexAnchors.Start, out CompiledPattern? pattern, out _));
        HeaderList headers = HeaderList.Of("X-Name: soda", "X-Name: second");
        TemplateFacts facts = new() { Query = "q=a+b%26c&two%20words=yes&empty="u8, Captures = pattern.Capture("/42"u8) };
        ScratchBuffer output = default;
        parsed.Render(facts, ref headers, ref output);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.Written));
        Assert.Equal(!template.Contains("$("), parsed.IsLiteral);
        output.Dispose();
    }

    [Theory]
    [InlineData("$(headers.x", "without ')'")]
    [InlineData("$(os.execute('x'))", "os.execute")]
    [InlineData("$(headers.x .. 'y')", "not supported")]
    [InlineData("$(shared.x)", "shared.x")]
    [InlineData("$()", "not supported")]
    [InlineData("$(headers[1])", "headers[1]")]
    [InlineData("$(headers.)", "headers.")]
    [InlineData("$(headers.a-b)", "headers.a-b")]
    [InlineData("$('a\\'b')", "without ')'")]
    [InlineData("$(function() return 1 end)", "function")]
    public void Parse_Unsupported_NamesIt(string template, string part)
    {
        Assert.False(TemplateText.TryParse(template, out _, out string? error));
        Assert.Contains(part, error);
    }
}
