using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Tracing;

namespace VoltageSoda.Edge.Policies.Tests.Tracing;

/// <summary>Rows after <c>spec/01-unit/26-tracing/01-tracer_pdk_spec</c> and the propagation rules of Kong, one fact per row.</summary>
public sealed class TraceExtractorTests
{
    private const string T16 = "0123456789abcdef";
    private const string T32 = "0af7651916cd43dd8448eb211c80319c";
    private const string S = "b7ad6b7169203331";
    private const string P = "a2fb4a1d1a96d312";

    [Theory]
    // b3 single
    [InlineData("b3: 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1-a2fb4a1d1a96d312", "B3Single", T32, S, P, "Sampled", false)]
    [InlineData("b3: 0123456789ABCDEF-B7AD6B7169203331-0", "B3Single", T16, S, "", "NotSampled", false)]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331", "B3Single", T16, S, "", "Deferred", false)]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331-d", "B3Single", T16, S, "", "Sampled", false)]
    [InlineData("b3: 0123456789abcdef-b7ad6b71692033311a2fb4a1d1a96d312", "B3Single", T16, S, P, "Sampled", false)]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331-a2fb4a1d1a96d312", "B3Single", T16, S, P, "Deferred", false)]
    [InlineData("b3: 1", "B3Single", "", "", "", "Sampled", false)]
    [InlineData("b3: d", "B3Single", "", "", "", "Sampled", false)]
    [InlineData("b3: 0", "B3Single", "", "", "", "NotSampled", false)]
    [InlineData("b3: 0|X-B3-Sampled: 1", "B3Single", "", "", "", "Sampled", false)]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331-0|X-B3-Flags: 1", "B3Single", T16, S, "", "Sampled", false)]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331-1|X-B3-TraceId: ffffffffffffffff|X-B3-ParentSpanId: a2fb4a1d1a96d312", "B3Single", T16, S, P, "Sampled", false)]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331-1|X-B3-TraceId: short", "B3Single", "", "", "", "Sampled", true)]
    [InlineData("b3: 0123456789abcde-b7ad6b7169203331-1", "B3Single", "", "", "", "Deferred", true)]
    [InlineData("b3: 0123456789abcdef-b7ad6b716920333-1", "B3Single", "", "", "", "Deferred", true)]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331-1-a2fb4a1d1a96d31", "B3Single", "", "", "", "Deferred", true)]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331-2", "B3Single", "", "", "", "Deferred", true)]
    [InlineData("b3: ", "B3Single", "", "", "", "Deferred", true)]
    [InlineData("b3: 1|b3: 1", "B3Single", "", "", "", "Deferred", false)]
    [InlineData("tracestate: b3=0123456789abcdef-b7ad6b7169203331-1", "B3Single", T16, S, "", "Sampled", false)]
    [InlineData("tracestate: b3=0123456789abcdef-b7ad6b7169203331-1,other=1", "B3Single", "", "", "", "Deferred", true)]
    [InlineData("tracestate: b3=1|tracestate: other=1", "B3Single", "", "", "", "Deferred", true)]
    [InlineData("tracestate: other=1,b3=1", "None", "", "", "", "Deferred", false)]
    // B3
    [InlineData("X-B3-TraceId: 0af7651916cd43dd8448eb211c80319c|X-B3-SpanId: b7ad6b7169203331|X-B3-ParentSpanId: a2fb4a1d1a96d312|X-B3-Sampled: true", "B3", T32, S, P, "Sampled", false)]
    [InlineData("x-b3-traceid: 0123456789abcdef", "B3", T16, "", "", "Deferred", false)]
    [InlineData("x-b3-sampled: 0", "B3", "", "", "", "NotSampled", false)]
    [InlineData("x-b3-sampled: false|x-b3-flags: 1", "B3", "", "", "", "Sampled", false)]
    [InlineData("x-b3-sampled: maybe", "B3", "", "", "", "Deferred", true)]
    [InlineData("x-b3-sampled: 1|x-b3-flags: 0", "B3", "", "", "", "Sampled", true)]
    [InlineData("x-b3-spanid: b7ad6b7169203331", "B3", "", "", "", "Deferred", false)]
    [InlineData("x-b3-traceid: 0123456789abcdef|x-b3-spanid: xyz|x-b3-sampled: 1", "B3", "", "", "", "Sampled", true)]
    [InlineData("x-b3-traceid: 0123456789abcdeg", "B3", "", "", "", "Deferred", true)]
    [InlineData("x-b3-traceid: 0123456789abcdef|x-b3-traceid: 0123456789abcdef", "B3", "", "", "", "Deferred", true)]
    [InlineData("x-b3-traceid: 0000000000000000|x-b3-sampled: 1", "B3", "", "", "", "Sampled", false)]
    // W3C
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "W3C", T32, "", S, "Sampled", false)]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "W3C", T32, "", S, "NotSampled", false)]
    [InlineData("traceparent: 00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-FF", "W3C", T32, "", S, "Sampled", false)]
    [InlineData("traceparent: 01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "W3C", "", "", "", "Deferred", true)]
    [InlineData("traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01", "W3C", "", "", "", "Deferred", true)]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "W3C", "", "", "", "Deferred", true)]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1", "W3C", "", "", "", "Deferred", true)]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", "W3C", "", "", "", "Deferred", true)]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01|traceparent: x", "W3C", "", "", "", "NotSampled", true)]
    // jaeger
    [InlineData("uber-trace-id: 0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:a2fb4a1d1a96d312:1", "Jaeger", T32, S, P, "Sampled", false)]
    [InlineData("uber-trace-id: 1234:5:0:0", "Jaeger", "00000000000000000000000000001234", "0000000000000005", "", "NotSampled", false)]
    [InlineData("uber-trace-id: 1234:5:12:03", "Jaeger", "00000000000000000000000000001234", "0000000000000005", "", "Sampled", true)]
    [InlineData("uber-trace-id: 0:5:0:1", "Jaeger", "", "", "", "Deferred", true)]
    [InlineData("uber-trace-id: 1:0:0:1", "Jaeger", "", "", "", "Deferred", true)]
    [InlineData("uber-trace-id: 1:1:1", "Jaeger", "", "", "", "Deferred", true)]
    [InlineData("uber-trace-id: 1:1:1:111", "Jaeger", "", "", "", "Deferred", true)]
    [InlineData("uber-trace-id: 1:12345678123456781:0:1", "Jaeger", "", "", "", "Deferred", true)]
    // ot
    [InlineData("ot-tracer-traceid: 0123456789abcdef|ot-tracer-spanid: b7ad6b7169203331|ot-tracer-sampled: 1", "OpenTracing", T16, "", S, "Sampled", false)]
    [InlineData("ot-tracer-traceid: 0af7651916cd43dd8448eb211c80319c|ot-tracer-sampled: false", "OpenTracing", T32, "", "", "NotSampled", false)]
    [InlineData("ot-tracer-traceid: 12|ot-tracer-sampled: 1", "OpenTracing", "", "", "", "Sampled", true)]
    [InlineData("ot-tracer-spanid: b7ad6b7169203331", "None", "", "", "", "Deferred", false)]
    // datadog
    [InlineData("x-datadog-trace-id: 1234605616436508552|x-datadog-parent-id: 987654321|x-datadog-sampling-priority: 2", "Datadog", "1122334455667788", "", "000000003ade68b1", "Sampled", false)]
    [InlineData("x-datadog-trace-id: 7|x-datadog-sampling-priority: -1", "Datadog", "0000000000000007", "", "", "NotSampled", false)]
    [InlineData("x-datadog-trace-id: 7|x-datadog-sampling-priority: 3", "Datadog", "", "", "", "Deferred", true)]
    [InlineData("x-datadog-trace-id: x|x-datadog-sampling-priority: 1", "Datadog", "", "", "", "Sampled", true)]
    [InlineData("x-datadog-trace-id: 18446744073709551616", "Datadog", "", "", "", "Deferred", true)]
    // aws
    [InlineData("x-amzn-trace-id: Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1", "Aws", T32, S, "", "Sampled", false)]
    [InlineData("x-amzn-trace-id:  Sampled=0 ; Root = 1-0af76519-16cd43dd8448eb211c80319c ;Self=1;", "Aws", T32, "", "", "NotSampled", false)]
    [InlineData("x-amzn-trace-id: Root=2-0af76519-16cd43dd8448eb211c80319c", "Aws", "", "", "", "Deferred", true)]
    [InlineData("x-amzn-trace-id: Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b716920333", "Aws", "", "", "", "Deferred", true)]
    [InlineData("x-amzn-trace-id: Root=1-0af76519-16cd43dd8448eb211c80319c;Sampled=?", "Aws", "", "", "", "Deferred", true)]
    [InlineData("x-amzn-trace-id: Root", "Aws", "", "", "", "Deferred", true)]
    // gcp
    [InlineData("x-cloud-trace-context: 0af7651916cd43dd8448eb211c80319c/13235353014750950193;o=1", "Gcp", T32, S, "", "Sampled", false)]
    [InlineData("x-cloud-trace-context: 0af7651916cd43dd8448eb211c80319c/5", "Gcp", T32, "0000000000000005", "", "NotSampled", false)]
    [InlineData("x-cloud-trace-context: 0AF7651916cd43dd8448eb211c80319c/5;o=1", "Gcp", "", "", "", "Deferred", true)]
    [InlineData("x-cloud-trace-context: 0af7651916cd43dd8448eb211c80319c/;o=1", "Gcp", "", "", "", "Deferred", true)]
    [InlineData("x-cloud-trace-context: 0af7651916cd43dd8448eb211c80319c/1;o=10", "Gcp", "", "", "", "Deferred", true)]
    [InlineData("x-cloud-trace-context: 0af7651916cd43dd8448eb211c80319c/99999999999999999999", "Gcp", "", "", "", "Deferred", true)]
    // precedence
    [InlineData("x-b3-sampled: 1|traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "B3", "", "", "", "Sampled", false)]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00|uber-trace-id: 1:1:0:1", "W3C", T32, "", S, "NotSampled", false)]
    [InlineData("uber-trace-id: 1:5:0:1|ot-tracer-traceid: 0123456789abcdef", "Jaeger", "00000000000000000000000000000001", "0000000000000005", "", "Sampled", false)]
    [InlineData("ot-tracer-traceid: 0123456789abcdef|x-datadog-trace-id: 1", "OpenTracing", T16, "", "", "Deferred", false)]
    [InlineData("x-amzn-trace-id: Sampled=1|x-datadog-trace-id: 7", "Datadog", "0000000000000007", "", "", "Deferred", false)]
    [InlineData("x-amzn-trace-id: Sampled=1|x-cloud-trace-context: x", "Aws", "", "", "", "Sampled", false)]
    [InlineData("host: a|accept: */*", "None", "", "", "", "Deferred", false)]
    public void Extract_Row_GivesContext(string lines, string format, string trace, string span, string parent, string sampling, bool malformed)
    {
        HeaderList headers = HeaderList.Of(lines.Split('|'));
        TraceFields fields = TraceFields.Scan(ref headers);
        TraceContext context = TraceExtractor.Extract(ref headers, in fields);
        Assert.Equal(
            (format, trace, span, parent, sampling, malformed),
            (context.Format.ToString(), context.TraceId.ToString(), Hex(context.SpanId), Hex(context.ParentId), context.Sampling.ToString(), context.IsMalformed));
    }

    private static string Hex(ulong id) => id == 0 ? "" : id.ToString("x16");
}
