using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Reference;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Fuzz;

/// <summary>Damaged response heads, under the same oracles as requests.</summary>
public sealed class ResponseFuzzTests
{
    private static readonly HeadLimits[] Limits =
    [
        HeadLimits.Response,
        HeadLimits.Response,
        new HeadLimits { StartLine = 20, HeaderLine = 30, HeadersTotal = 80, HeaderCount = 3, TotalIncludesStartLine = true },
    ];

    [Fact]
    public void Read_DamagedResponses_HaveOneMeaning()
    {
        ResponseHead wholeHead = new();
        ResponseHead cutHead = new();
        int understood = 0;
        int refused = 0;
        long inputs = FuzzRun.Inputs(25);
        for (long index = 0; index < inputs; index++)
        {
            FuzzRandom random = FuzzRun.Random("response", index);
            HeadLimits limits = random.Pick<HeadLimits>(Limits);
            KnownMethod method = random.Pick<KnownMethod>([KnownMethod.Get, KnownMethod.Get, KnownMethod.Head, KnownMethod.Other]);
            string text = FuzzInputs.Response(ref random);
            byte[] bytes = Octets.Of(text);
            int[] cuts = FuzzInputs.Cuts(bytes.Length, ref random);
            try
            {
                ResponseReading whole = ResponseReading.Pieces(bytes, [], false, method, limits, wholeHead);
                Assert.Equal(whole.Describe(), ResponseReading.Pieces(bytes, cuts, random.OneIn(2), method, limits, cutHead).Describe());
                Assert.Equal(ReferenceResponse.Read(text, limits, method), VerdictOf(whole));
                understood += whole.Result == ParseResult.Complete ? 1 : 0;
                refused += whole.Result == ParseResult.Refused ? 1 : 0;
            }
            catch (Exception exception)
            {
                Assert.Fail($"{FuzzRun.Name("response", index, text)}\ncuts {string.Join(',', cuts)}\n{exception}");
            }
        }

        Assert.InRange(understood, inputs / 12, inputs);
        Assert.InRange(refused, inputs / 4, inputs);
    }

    private static Verdict VerdictOf(ResponseReading reading)
    {
        ResponseHead head = reading.Head;
        return reading.Result switch
        {
            ParseResult.Incomplete => Verdict.Incomplete,
            ParseResult.Refused => Verdict.Refused(WireErrors.UpstreamStatus),
            _ => Verdict.Understood(string.Join(
                '|',
                head.Status,
                head.Version == HttpVersion.Http10 ? "1.0" : "1.1",
                head.Framing.Kind switch
                {
                    BodyKind.Length => head.Framing.Length,
                    BodyKind.Chunked => "chunked",
                    BodyKind.UntilClose => "until-close",
                    _ => (object)"none",
                },
                head.KeepAlive,
                Octets.Text(head.UpgradeProtocol),
                head.HeadLength) + "\n" + RequestReading.Fields(head.Headers)),
        };
    }
}
