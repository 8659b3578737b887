using VoltageSoda.Edge.Policies.Limits;

namespace VoltageSoda.Edge.Policies.Tests.Limits;

public sealed class BodySizeLimitTests
{
    [Theory]
    [InlineData(10, false, false, BodySizeOutcome.Pass)] // Equal is allowed.
    [InlineData(11, false, false, BodySizeOutcome.TooLarge)]
    [InlineData(0, false, true, BodySizeOutcome.Pass)]
    [InlineData(long.MaxValue, false, false, BodySizeOutcome.TooLarge)]
    [InlineData(-1, true, false, BodySizeOutcome.Measure)]
    [InlineData(-1, true, true, BodySizeOutcome.Measure)]
    [InlineData(-1, false, true, BodySizeOutcome.LengthRequired)]
    [InlineData(-1, false, false, BodySizeOutcome.Pass)]
    public void Decide_Head_FollowsKong(long contentLength, bool chunked, bool required, BodySizeOutcome expected) =>
        Assert.Equal(expected, new BodySizeLimit(10, required).Decide(contentLength, chunked));

    [Fact]
    public void StatusOf_Refusals_FollowKong()
    {
        BodySizeLimit limit = new(10, rejectStatusCode: 422);
        Assert.Equal(422, limit.StatusOf(BodySizeOutcome.TooLarge, expectsContinue: false));
        Assert.Equal(417, limit.StatusOf(BodySizeOutcome.TooLarge, expectsContinue: true));
        Assert.Equal(411, limit.StatusOf(BodySizeOutcome.LengthRequired, expectsContinue: false));
        Assert.Equal("Request size limit exceeded", limit.BodyOf(BodySizeOutcome.TooLarge).Message);
        Assert.Equal("A valid Content-Length header is required", limit.BodyOf(BodySizeOutcome.LengthRequired).Message);
    }
}
