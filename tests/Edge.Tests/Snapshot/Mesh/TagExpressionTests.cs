using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry.MeshMetrics;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

public sealed class TagExpressionTests
{
    [Theory]
    [InlineData("'x'", "x")]
    [InlineData("\"a\" + 'b'", "ab")]
    [InlineData("'100%'", "100%")]
    [InlineData("{{.operation_id | default \"none\"}}", "none")]
    [InlineData("{{.operation_id}}", "unknown")]
    public void Read_WhatNeverChanges_IsFixed(string value, string fixedTo) => Assert.Equal(fixedTo, TagExpression.Read("l", value)!.Fixed);

    [Theory]
    [InlineData("request.host")]
    [InlineData("string(destination.port)")]
    [InlineData("request.headers['x-a']")]
    [InlineData("request.headers[\"x-a\"] + ' ' + response.code")]
    [InlineData("{{.request_headers.user_agent | default \"none\"}}")]
    [InlineData("{{ .source_ip }}")]
    public void Read_WhatIsKnownWithTheRequest_IsRead(string value) => Assert.True(TagExpression.Read("l", value)!.IsRead);

    [Fact]
    public void Read_LabelOfIstios_IsCopied() =>
        Assert.Equal("source_app", MeshLabels.Names[TagExpression.Read("l", "{{.source_app | default \"unknown\"}}")!.Copies]);

    [Theory]
    [InlineData("x")]
    [InlineData("has(request.host) ? 'a' : 'b'")]
    [InlineData("request.host.startsWith('a')")]
    [InlineData("'a' 'b'")]
    [InlineData("request.headers['a b']")]
    [InlineData("request.headers[]")]
    [InlineData("'unclosed")]
    [InlineData("")]
    [InlineData("1 + 2")]
    [InlineData("{{.a | regexReplaceAll \"a\" \"b\"}}")]
    [InlineData("{{.a}} and {{.b}}")]
    public void Read_WhatCannotBeRead_IsNothing(string value) => Assert.Null(TagExpression.Read("l", value));
}
