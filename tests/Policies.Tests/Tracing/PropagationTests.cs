using System.Text;
using CsCheck;
using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Tracing;

namespace VoltageSoda.Edge.Policies.Tests.Tracing;

public sealed class PropagationTests
{
    private const string T32 = "0af7651916cd43dd8448eb211c80319c";

    public static TheoryData<TraceFormat> Formats => [.. Enum.GetValues<TraceFormat>().Where(static format => format != TraceFormat.None)];

    // Ids drawn: low and high half of the trace, request span, proxy span. The sampling draw comes first.
    [Theory]
    [InlineData("", TraceFormat.B3, "x-b3-traceid: 00000000000000030000000000000002|x-b3-spanid: 0000000000000005|x-b3-parentspanid: 0000000000000004|x-b3-sampled: 1")]
    [InlineData("", TraceFormat.B3Single, "b3: 00000000000000030000000000000002-0000000000000005-1-0000000000000004")]
    [InlineData("", TraceFormat.W3C, "traceparent: 00-00000000000000030000000000000002-0000000000000005-01")]
    [InlineData("", TraceFormat.Jaeger, "uber-trace-id: 00000000000000030000000000000002:0000000000000005:0000000000000004:01")]
    [InlineData("", TraceFormat.OpenTracing, "ot-tracer-traceid: 00000000000000030000000000000002|ot-tracer-spanid: 0000000000000005|ot-tracer-sampled: 1")]
    [InlineData("", TraceFormat.Datadog, "x-datadog-trace-id: 2|x-datadog-parent-id: 5|x-datadog-sampling-priority: 1")]
    [InlineData("", TraceFormat.Aws, "x-amzn-trace-id: Root=1-00000000-000000030000000000000002;Parent=0000000000000005;Sampled=1")]
    [InlineData("", TraceFormat.Gcp, "x-cloud-trace-context: 00000000000000030000000000000002/5;o=1")]
    public void Inject_NewTrace_WritesDefaultFormat(string lines, TraceFormat format, string expected)
    {
        HeaderList headers = HeaderList.Of(lines.Split('|', StringSplitOptions.RemoveEmptyEntries));
        Run(new PropagationOptions { Default = format, SampleRatio = 1 }, ref headers, 1);
        Assert.Equal(expected.Split('|'), headers.Lines);
    }

    [Theory]
    [InlineData("b3", "b3: 0123456789abcdef-b7ad6b7169203331-0", "0123456789abcdef-0000000000000001-0-b7ad6b7169203331")]
    [InlineData("x-b3-sampled", "x-b3-traceid: 0123456789abcdef|x-b3-sampled: 0", "0")]
    [InlineData("x-b3-flags", "x-b3-traceid: 0123456789abcdef|x-b3-flags: 1", "1")]
    [InlineData("traceparent", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "00-0af7651916cd43dd8448eb211c80319c-0000000000000002-00")]
    [InlineData("uber-trace-id", "uber-trace-id: a:b:c:1", "0000000000000000000000000000000a:0000000000000001:000000000000000b:01")]
    public void Inject_FoundFormat_IsAnsweredInKind(string name, string lines, string expected)
    {
        HeaderList headers = HeaderList.Of(lines.Split('|'));
        Run(new PropagationOptions(), ref headers, 1);
        Assert.Equal(expected, headers.Get(name));
    }

    [Fact]
    public void Inject_FlagsOfTheCaller_AreNotJoinedBySampled()
    {
        HeaderList headers = HeaderList.Of("x-b3-traceid: 0123456789abcdef", "x-b3-flags: 1");
        Run(new PropagationOptions(), ref headers, 1);
        Assert.Null(headers.Get("x-b3-sampled"));
    }

    [Fact]
    public void Inject_ConcreteType_IsSentBesideTheFoundOne()
    {
        HeaderList headers = HeaderList.Of("traceparent: 00-" + T32 + "-b7ad6b7169203331-01");
        Run(new PropagationOptions { Always = TraceFormat.B3Single }, ref headers, 1);
        Assert.Equal(
            ["traceparent: 00-" + T32 + "-0000000000000002-01", "b3: " + T32 + "-0000000000000002-1-0000000000000001"], headers.Lines);
    }

    [Fact]
    public void Inject_ConcreteTypeWithoutCaller_SendsTheDefaultToo()
    {
        HeaderList headers = HeaderList.Of();
        Run(new PropagationOptions { Always = TraceFormat.W3C, SampleRatio = 1 }, ref headers, 1);
        Assert.NotNull(headers.Get("traceparent"));
        Assert.NotNull(headers.Get("x-b3-traceid"));
    }

    [Fact]
    public void Begin_Ignore_LooksAtNothing()
    {
        HeaderList headers = HeaderList.Of("traceparent: 00-" + T32 + "-b7ad6b7169203331-01");
        TraceIdentity identity = Run(new PropagationOptions { OnFound = FoundFormat.Ignore, SampleRatio = 0, Default = TraceFormat.W3C }, ref headers, 1);
        Assert.False(identity.IsSampled || identity.IsContinued);
        Assert.Equal("00-00000000000000030000000000000002-0000000000000005-00", headers.Get("traceparent"));
    }

    [Theory]
    [InlineData(0.0, 0ul, false)]
    [InlineData(1.0, ulong.MaxValue, true)]
    [InlineData(0.5, ulong.MaxValue / 2 - 1000, true)]
    [InlineData(0.5, ulong.MaxValue / 2 + 5000, false)]
    public void Begin_Ratio_DecidesWhenNobodyDid(double ratio, ulong draw, bool sampled)
    {
        HeaderList headers = HeaderList.Of();
        Assert.Equal(sampled, Run(new PropagationOptions { SampleRatio = ratio }, ref headers, draw).IsSampled);
    }

    [Theory]
    [InlineData("b3: 0", 1.0, false)]
    [InlineData("b3: 1", 0.0, true)]
    public void Begin_CallersDecision_BeatsTheRatio(string line, double ratio, bool sampled)
    {
        HeaderList headers = HeaderList.Of(line);
        Assert.Equal(sampled, Run(new PropagationOptions { SampleRatio = ratio }, ref headers, 1).IsSampled);
    }

    [Theory]
    [InlineData("traceparent: x|b3: 0123456789abcdef-b7ad6b7169203331-1", "W3C B3", "b3: 0123456789abcdef-0000000000000001-1-b7ad6b7169203331")]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331-1|traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "W3C B3", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-0000000000000002-00")]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331-1", "W3C", "uber-trace-id: 00000000000000030000000000000002:0000000000000005:0000000000000004:01")]
    [InlineData("b3: 0123456789abcdef-b7ad6b7169203331-1", "", "uber-trace-id: 00000000000000030000000000000002:0000000000000005:0000000000000004:01")]
    public void Extract_List_IsFollowedInItsOrder(string lines, string formats, string expected)
    {
        HeaderList headers = HeaderList.Of(lines.Split('|'));
        Run(
            new PropagationOptions
            {
                Extract = [.. formats.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<TraceFormat>)],
                Inject = [TraceFormat.None],
                Default = TraceFormat.Jaeger,
                SampleRatio = 1,
            },
            ref headers,
            1);
        Assert.Contains(expected, headers.Lines);
    }

    [Fact]
    public void Inject_List_IsSentAndClearedFieldsAreGone()
    {
        HeaderList headers = HeaderList.Of("b3: 0123456789abcdef-b7ad6b7169203331-1", "x-old: 1");
        Run(
            new PropagationOptions { Extract = [TraceFormat.B3], Inject = [TraceFormat.W3C, TraceFormat.Gcp], Clear = ["b3"u8.ToArray(), "X-Old"u8.ToArray()] },
            ref headers,
            1);
        Assert.Equal(
            ["traceparent: 00-00000000000000000123456789abcdef-0000000000000001-01", "x-cloud-trace-context: 00000000000000000123456789abcdef/1;o=1"],
            headers.Lines);
    }

    [Fact]
    public void Begin_EightBytes_MakesShortIds()
    {
        HeaderList headers = HeaderList.Of();
        Assert.Equal("0000000000000002", Run(new PropagationOptions { TraceIdBytes = 8 }, ref headers, 1).TraceId.ToString());
        Assert.Equal("0000000000000002", headers.Get("x-b3-traceid"));
    }

    [Theory]
    [InlineData("uber-trace-id: 1:1:0:1|uberctx-User: a%20b+c", "uberctx-user", "a%20b%20c")]
    [InlineData("uber-trace-id: 1:1:0:1|ot-baggage-k: v", "uberctx-k", "v")]
    [InlineData("uber-trace-id: 1:1:0:1|ot-baggage-k: v|uberctx-k: w", "uberctx-k", "w")]
    [InlineData("ot-tracer-traceid: 0123456789abcdef|ot-baggage-k: v|uberctx-k: w", "ot-baggage-k", "w")]
    [InlineData("ot-tracer-traceid: 0123456789abcdef|uberctx-k: %zz", "ot-baggage-k", "%25zz")]
    [InlineData("b3: 1|ot-baggage-k: v", "uberctx-k", null)]
    public void Inject_Baggage_IsMergedAndEncoded(string lines, string name, string? expected)
    {
        HeaderList headers = HeaderList.Of(lines.Split('|'));
        Run(new PropagationOptions(), ref headers, 1);
        Assert.Equal(expected, headers.Get(name));
    }

    [Fact]
    public void Inject_BaggageBeyondItsLimits_StaysAsItCame()
    {
        string[] many = [.. Enumerable.Range(0, 80).Select(static i => $"ot-baggage-{i}: v")];
        HeaderList headers = HeaderList.Of(["uber-trace-id: 1:1:0:1", .. many, "uberctx-long: " + new string('%', 600)]);
        Run(new PropagationOptions(), ref headers, 1);
        Assert.Equal(Baggage.MaxItems, headers.Lines.Count(static line => line.StartsWith("uberctx-", StringComparison.Ordinal) && line.EndsWith(": v", StringComparison.Ordinal)));
        Assert.Equal(new string('%', 600), headers.Get("uberctx-long"));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void InjectThenExtract_AnyIds_IsIdentity(TraceFormat format) =>
        Gen.Select(Gen.ULong[1, ulong.MaxValue], Gen.ULong, Gen.ULong[1, ulong.MaxValue], Gen.ULong[1, ulong.MaxValue], Gen.Bool, Gen.Bool)
            .Sample((low, high, request, proxy, sampled, wide) =>
            {
                TraceContext start = new()
                {
                    Format = format,
                    TraceId = wide ? new TraceId(new UInt128(high, low), 16) : new TraceId(low, 8),
                    SpanId = request,
                };
                CountingRandom random = new(proxy);
                TraceIdentity identity = TraceIdentity.Create(in start, sampled, 16, ref random);
                HeaderList headers = HeaderList.Of();
                TraceInjector.Inject(format, in identity, ref headers);
                TraceFields fields = TraceFields.Scan(ref headers);
                TraceContext read = TraceExtractor.Extract(ref headers, in fields);
                bool half = format == TraceFormat.Datadog;
                UInt128 expected = half ? low : identity.TraceId.Bits;
                bool childOfCaller = format is TraceFormat.W3C or TraceFormat.OpenTracing or TraceFormat.Datadog;
                return read.Format == format && !read.IsMalformed && read.TraceId.Bits == expected
                    && (childOfCaller ? read.ParentId : read.SpanId) == identity.ProxySpanId
                    && read.Sampling == (sampled ? SamplingDecision.Sampled : SamplingDecision.NotSampled);
            });

    [Fact]
    public void BeginAndInject_RandomValues_NeverThrow()
    {
        string[] names =
        [
            "b3", "tracestate", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags", "traceparent", "uber-trace-id",
            "ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled", "x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority",
            "x-amzn-trace-id", "x-cloud-trace-context", "uberctx-a", "ot-baggage-a", "uberctx-", "b3=",
        ];
        // Near misses find more than noise: bytes of the alphabets that the formats are made of.
        Gen<string> value = Gen.OneOf(
            Gen.Char["0123456789abcdefABCDEF-:;=/ d%"].Array[0, 70].Select(static chars => new string(chars)),
            Gen.Byte.Array[0, 60].Select(static bytes => Encoding.Latin1.GetString(bytes)));
        Gen.Select(Gen.Int[0, names.Length - 1].Select(i => names[i]), value).Array[0, 6].Sample(lines =>
        {
            foreach (TraceFormat always in Enum.GetValues<TraceFormat>())
            {
                HeaderList headers = new([.. lines.Select(static line => (Encoding.ASCII.GetBytes(line.Item1), Encoding.Latin1.GetBytes(line.Item2)))]);
                TraceIdentity identity = Run(new PropagationOptions { Always = always }, ref headers, 7);
                Assert.True(identity.HasValue && identity.RequestSpanId != 0 && identity.ProxySpanId != 0);
            }
        });
    }

    [Fact]
    public void BeginAndInject_EveryFormat_AllocatesNothing()
    {
        foreach (TraceFormat format in Enum.GetValues<TraceFormat>())
        {
            Propagation propagation = new(new PropagationOptions { Always = format });
            HeaderList list = HeaderList.Of("accept: */*", "traceparent: 00-" + T32 + "-b7ad6b7169203331-01", "uberctx-k: a%20b");
            Assert.Equal(0, Allocations.Measure(() =>
            {
                DiscardingEdits headers = new(list);
                CountingRandom random = new(1);
                TraceIdentity identity = propagation.Begin(ref headers, ref random, out _);
                propagation.Inject(in identity, ref headers);
            }));
        }
    }

    private static TraceIdentity Run(PropagationOptions options, ref HeaderList headers, ulong start)
    {
        Propagation propagation = new(options);
        CountingRandom random = new(start);
        TraceIdentity identity = propagation.Begin(ref headers, ref random, out _);
        propagation.Inject(in identity, ref headers);
        return identity;
    }
}
