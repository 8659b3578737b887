using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Reference;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Fuzz;

/// <summary>Damaged chunked bodies, under the same oracles as heads.</summary>
public sealed class ChunkedFuzzTests
{
    [Fact]
    public void Read_DamagedBodies_HaveOneMeaning()
    {
        int understood = 0;
        int refused = 0;
        long inputs = FuzzRun.Inputs(25);
        for (long index = 0; index < inputs; index++)
        {
            FuzzRandom random = FuzzRun.Random("chunked", index);
            RequestRules rules = random.OneIn(3) ? RequestRules.Istio : RequestRules.Kong;
            string text = FuzzInputs.Chunked(ref random);
            byte[] bytes = Octets.Of(text);
            int[] cuts = FuzzInputs.Cuts(bytes.Length, ref random);
            try
            {
                ChunkedReading whole = ChunkedReading.Pieces(bytes, [], rules);
                Assert.Equal(whole.Describe(), ChunkedReading.Pieces(bytes, cuts, rules).Describe());
                Assert.Equal(ReferenceChunked.Read(text, rules), VerdictOf(whole));
                understood += whole.Result == ChunkedStep.End ? 1 : 0;
                refused += whole.Result == ChunkedStep.Refused ? 1 : 0;
            }
            catch (Exception exception)
            {
                Assert.Fail($"{FuzzRun.Name("chunked", index, text)}\ncuts {string.Join(',', cuts)}\n{exception}");
            }
        }

        Assert.InRange(understood, inputs / 12, inputs);
        Assert.InRange(refused, inputs / 4, inputs);
    }

    private static Verdict VerdictOf(ChunkedReading reading) => reading.Result switch
    {
        ChunkedStep.NeedMore => Verdict.Incomplete,
        ChunkedStep.Refused => Verdict.Refused(reading.Error.Status()),
        _ => Verdict.Understood($"{reading.Consumed}|{Octets.Text(reading.Data)}\n{reading.Trailers}"),
    };
}
