using VoltageSoda.Edge.LoadTests.Measuring;

namespace VoltageSoda.Edge.LoadTests.Tests.Measuring;

public sealed class TimelineTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Finished_SecondUnderWay_IsNotYetShown()
    {
        var timeline = new Timeline();
        timeline.Succeed(Second / 2, 100);
        timeline.Fail(Second - 1);
        Assert.Empty(timeline.Finished());

        timeline.Succeed(3 * Second, 200);
        Window first = Assert.Single(timeline.Finished());
        Assert.Equal((0, 1, 1), (first.Second, first.Latency.Count, first.Errors));

        timeline.Finish();
        Assert.Equal([0, 3], timeline.Finished().Select(window => window.Second));
    }
}
