using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Tests.Model;

public sealed class ThresholdTests
{
    [Theory]
    [InlineData("errors==0", false)]
    [InlineData("errors <= 1", true)]
    [InlineData("p95<100ms", true)]
    [InlineData("p100<100ms", false)]
    [InlineData("p99.9 >= 150ms", true)]
    [InlineData("max<=0.201s", true)]
    [InlineData("p50<1000us", false)]
    [InlineData("mean>1ms", true)]
    [InlineData("rps>=10", true)]
    [InlineData("rps>10", false)]
    public void Check_KnownResult_ComparesAsWritten(string text, bool passes)
    {
        // 99 answers of 1 ms and one of 200 ms in 10 s, and one failure.
        var tally = new StepTally();
        for (int i = 0; i < 100; i++)
        {
            long latency = i == 0 ? 200_000_000 : 1_000_000;
            tally.Succeed(latency, latency, 1);
        }

        tally.Fail(ResponseFault.Status);

        Assert.Equal(passes, Threshold.Parse(text).Check(Result(tally)).Passed);
    }

    [Theory]
    [InlineData("p95<100ms")]
    [InlineData("max<=1s")]
    public void Check_NothingSucceeded_IsNoProofOfSpeed(string text) =>
        Assert.False(Threshold.Parse(text).Check(Result(new StepTally())).Passed);

    [Theory]
    [InlineData("p95")]
    [InlineData("p95<100")]
    [InlineData("p101<1s")]
    [InlineData("speed<1s")]
    [InlineData("errors<x")]
    public void Parse_Nonsense_IsRefused(string text) => Assert.Throws<FormatException>(() => Threshold.Parse(text));

    private static ScenarioResult Result(StepTally tally) =>
        new(new Scenario("s", [], []), [new StepResult("step", tally)], [], TimeSpan.FromSeconds(10));
}
