using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

public sealed class TelemetryReaderTests
{
    [Fact]
    public void Read_Document_IsKept()
    {
        LoadResult result = MeshLoading.Text(Document("""
            selector: {matchLabels: {app: a}}
            metrics:
            - providers: [{name: prometheus}]
              reportingInterval: 5s
              overrides:
              - match: {metric: REQUEST_COUNT, mode: CLIENT}
                disabled: false
                tagOverrides: {host: {value: request.host}, gone: {operation: REMOVE}}
            accessLogging:
            - match: {mode: SERVER}
              disabled: true
              filter: {expression: response.code >= 400}
            tracing:
            - randomSamplingPercentage: 12.5
              customTags: {a: {literal: {value: l}}, b: {environment: {name: E, defaultValue: d}}, c: {header: {name: x}}}
            """));
        Assert.Equal(["7 VSE2033"], result.Codes());
        TelemetryDocument document = result.Mesh!.Telemetries[0];
        MetricOverride change = document.Metrics[0].Overrides[0];
        Assert.Equal(("app=a", "REQUEST_COUNT", TelemetryMode.Client, false), (document.Selector.ToString(), change.Metric, change.Mode, change.Disabled));
        Assert.Equal(["host request.host False", "gone  True"], change.TagOverrides.Select(tag => $"{tag.Tag} {tag.Value} {tag.Remove}"));
        Assert.Equal((TelemetryMode.Server, true, "response.code >= 400"), (document.AccessLogging[0].Mode, document.AccessLogging[0].Disabled, document.AccessLogging[0].Filter));
        Assert.Equal(12.5, document.Tracing[0].RandomSamplingPercentage);
        Assert.Equal(["a Literal l ", "b Environment E d", "c Header x "], document.Tracing[0].CustomTags.Select(tag => $"{tag.Name} {tag.Source} {tag.Value} {tag.DefaultValue}"));
    }

    [Theory]
    [InlineData("metrics: [{overrides: [{tagOverrides: {a: {value: '{{.x}}'}}}]}]", "VSE2136")]
    [InlineData("metrics: [{overrides: [{tagOverrides: {a: {value: 'has(x) ? 1 : 2'}}}]}]", "VSE2144")]
    [InlineData("metrics: [{overrides: [{tagOverrides: {a-b: {value: request.host}}}]}]", "VSE2144")]
    [InlineData("metrics: [{overrides: [{tagOverrides: {client_ip: {value: x}}}]}]", "VSE2137")]
    [InlineData("accessLogging: [{format: {labels: {a: b}}}]", "VSE2138")]
    [InlineData("tracing: [{customTags: {a: {header: {name: ':status'}}}}]", "VSE2140")]
    [InlineData("tracing: [{maxPathTagLength: 5}]", "VSE2141")]
    public void Read_WhatIstioDoesNotKnow_IsToldAndKept(string spec, string code)
    {
        LoadResult result = MeshLoading.Text(Document(spec));
        Assert.Equal(7, result.One(code).Span.Line);
        Assert.False(result.Refused);
        Assert.Single(result.Mesh!.Telemetries);
    }

    [Theory]
    [InlineData("metrics: [{overrides: [{tagOverrides: {a: {operation: REMOVE, value: x}}}]}]")]
    [InlineData("metrics: [{overrides: [{tagOverrides: {a: {}}}]}]")]
    [InlineData("metrics: [{providers: [{}]}]")]
    [InlineData("metrics: [{overrides: [{match: {metric: A, customMetric: B}}]}]")]
    [InlineData("tracing: [{randomSamplingPercentage: 101}]")]
    [InlineData("tracing: [{customTags: {a: {header: {}}}}]")]
    [InlineData("tracing: [{customTags: {a: {header: {name: x}, literal: {value: y}}}}]")]
    public void Read_WhatIstioRefuses_IsRefused(string spec) => Assert.True(MeshLoading.Text(Document(spec)).Refused);

    private static string Document(string spec) => MeshLoading.Document("Telemetry", spec, "t", "telemetry.istio.io/v1");
}
