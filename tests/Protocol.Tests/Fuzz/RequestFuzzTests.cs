using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Reference;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Fuzz;

/// <summary>Damaged request heads: no throw, no dependence on cuts, the reference reader agrees, and what is understood is stable.</summary>
public sealed class RequestFuzzTests
{
    private static readonly RequestRules[] Rules =
    [
        RequestRules.Kong,
        RequestRules.Kong,
        RequestRules.Istio,
        RequestRules.Kong with
        {
            Limits = new HeadLimits { StartLine = 40, HeaderLine = 30, HeadersTotal = 90, HeaderCount = 4 },
            Scheme = UriScheme.None,
        },
        RequestRules.Kong with { Underscores = UnderscorePolicy.Drop },
        RequestRules.Istio with
        {
            Limits = new HeadLimits { StartLine = 60, HeaderLine = 60, HeadersTotal = 110, HeaderCount = 5, TotalIncludesStartLine = true },
            Scheme = UriScheme.Https,
        },
    ];

    [Fact]
    public void Read_DamagedRequests_HaveOneMeaning()
    {
        RequestHead wholeHead = new();
        RequestHead cutHead = new();
        int understood = 0;
        int refused = 0;
        long inputs = FuzzRun.Inputs(50);
        for (long index = 0; index < inputs; index++)
        {
            FuzzRandom random = FuzzRun.Random("request", index);
            RequestRules rules = random.Pick<RequestRules>(Rules);
            string text = FuzzInputs.Request(ref random);
            byte[] bytes = Octets.Of(text);
            int[] cuts = FuzzInputs.Cuts(bytes.Length, ref random);
            try
            {
                RequestReading whole = RequestReading.Whole(bytes, rules, wholeHead);
                Assert.Equal(whole.Describe(), RequestReading.Pieces(bytes, cuts, random.OneIn(2), rules, cutHead).Describe());
                Assert.Equal(ReferenceRequest.Read(text, rules), VerdictOf(whole));
                understood += whole.Result == ParseResult.Complete ? 1 : 0;
                refused += whole.Result == ParseResult.Refused ? 1 : 0;
                if (whole.Result == ParseResult.Complete)
                {
                    AssertStable(whole, cutHead);
                }
            }
            catch (Exception exception)
            {
                Assert.Fail($"{FuzzRun.Name("request", index, text)}\ncuts {string.Join(',', cuts)}\n{exception}");
            }
        }

        // The inputs are worth something only while both outcomes are common.
        Assert.InRange(understood, inputs / 12, inputs);
        Assert.InRange(refused, inputs / 4, inputs);
    }

    private static Verdict VerdictOf(RequestReading reading)
    {
        RequestHead head = reading.Head;
        return reading.Result switch
        {
            ParseResult.Incomplete => Verdict.Incomplete,
            ParseResult.Refused => Verdict.Refused(reading.Status),
            _ => Verdict.Understood(string.Join(
                '|',
                Octets.Text(head.MethodBytes),
                Octets.Text(head.Target),
                head.Version == HttpVersion.Http10 ? "1.0" : "1.1",
                head.Framing.Kind == BodyKind.Length ? head.Framing.Length : head.Framing.Kind == BodyKind.Chunked ? "chunked" : "none",
                head.KeepAlive,
                head.ExpectContinue,
                head.IsWebSocketUpgrade,
                Octets.Text(head.Authority),
                head.Scheme,
                head.AcceptsTrailers,
                head.HeadLength,
                head.DroppedLookalikes) + "\n" + RequestReading.Fields(head.Headers)),
        };
    }

    // What is written from a head is read as the same head; the target has lost its scheme by then.
    private static void AssertStable(RequestReading first, RequestHead again)
    {
        RequestHead head = first.Head;
        ArrayBufferWriter<byte> output = new();
        HeadWriter writer = new(output, HeadWriter.Estimate(head.Headers));
        writer.RequestLine(head.MethodBytes, head.Target);
        writer.Fields(head.Headers);
        Assert.Equal(WireError.None, writer.End());

        // Nothing but the parsed fields reaches the other side, in particular no dropped line between two kept ones.
        string fields = RequestReading.Fields(head.Headers);
        string expected = fields.Length == 0 ? "" : fields.Replace("\n", "\r\n") + "\r\n";
        Assert.Equal($"{Octets.Text(head.MethodBytes)} {Octets.Text(head.Target)} HTTP/1.1\r\n{expected}\r\n", Octets.Text(output.WrittenSpan));

        RequestRules roomy = RequestRules.Kong with { Limits = HeadLimits.Response with { StartLine = 100_000 } };
        string written = Octets.Text(output.WrittenSpan);
        if (head.Version == HttpVersion.Http10)
        {
            int version = written.IndexOf(" HTTP/1.1\r\n", StringComparison.Ordinal);
            written = written[..version] + " HTTP/1.0" + written[(version + 9)..];
        }

        RequestReading second = RequestReading.Whole(Octets.Of(written), roomy, again);
        Assert.Equal(ParseResult.Complete, second.Result);
        Assert.Equal(RequestReading.Fields(head.Headers), RequestReading.Fields(second.Head.Headers));
        Assert.Equal(
            (Octets.Text(head.Target), Octets.Text(head.Path), Octets.Text(head.Authority), head.Framing, head.KeepAlive, written.Length),
            (Octets.Text(second.Head.Target), Octets.Text(second.Head.Path), Octets.Text(second.Head.Authority), second.Head.Framing, second.Head.KeepAlive, second.Consumed));
    }
}
