using VoltageSoda.Edge.Configuration.Settings;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>The settings of OpenTelemetry that are for traces alone, beside those of all signals.</summary>
public sealed class OtlpSettingsTests
{
    [Theory]
    [InlineData("http://c:4318", null, "http/protobuf", "http://c:4318/v1/traces")]
    [InlineData("http://c:4318/base/", null, "http/protobuf", "http://c:4318/base/v1/traces")]
    [InlineData("http://c:4317", null, "grpc", "http://c:4317/")]
    [InlineData("http://c:4318", "https://t/own", "http/protobuf", "https://t/own")]
    public void OtlpTraces_Endpoint_GetsItsPath(string server, string? traces, string protocol, string expected)
    {
        EdgeSettings settings = EdgeSettings.From(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", server), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces ?? ""), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));
        Assert.Equal(expected, settings.Telemetry.OtlpTraces!.AbsoluteUri);
    }

    [Fact]
    public void OtlpTraces_OfTheirOwn_WinOverThoseOfAllSignals()
    {
        (string, string)[] all =
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=1"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "1s"),
        ];
        TelemetrySettings general = EdgeSettings.From(all).Telemetry;
        Assert.Equal((false, "a=1", 1000d), (general.OtlpByGrpc, general.OtlpHeaders, general.OtlpTimeout.TotalMilliseconds));

        TelemetrySettings traces = EdgeSettings.From(
        [
            .. all, ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "b=2"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2500"),
        ]).Telemetry;
        Assert.Equal((true, "b=2", 2500d), (traces.OtlpByGrpc, traces.OtlpHeaders, traces.OtlpTimeout.TotalMilliseconds));
        Assert.Equal("http://c:4317/", traces.OtlpTraces!.AbsoluteUri);
    }
}
