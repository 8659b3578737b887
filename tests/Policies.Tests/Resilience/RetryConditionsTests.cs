using VoltageSoda.Edge.Policies.Resilience;

namespace VoltageSoda.Edge.Policies.Tests.Resilience;

public sealed class RetryConditionsTests
{
    [Theory]
    [InlineData("5xx", 500, true)]
    [InlineData("5xx", 599, true)]
    [InlineData("5xx", 499, false)]
    [InlineData("gateway-error", 502, true)]
    [InlineData("gateway-error", 503, true)]
    [InlineData("gateway-error", 504, true)]
    [InlineData("gateway-error", 500, false)]
    [InlineData("retriable-4xx", 409, true)]
    [InlineData("retriable-4xx", 404, false)]
    [InlineData("reset", 503, false)]
    [InlineData("connect-failure,503", 503, true)]
    [InlineData("connect-failure,503", 500, false)]
    [InlineData("retriable-status-codes", 503, false)]
    [InlineData(" 429 ,, 503 ", 429, true)]
    [InlineData("connect-failure,refused-stream,unavailable,cancelled,503", 503, true)]
    [InlineData("", 503, false)]
    public void Matches_Status(string text, int status, bool expected) =>
        Assert.Equal(expected, RetryConditions.Parse(text).Matches(status, -1, isRateLimited: false));

    [Theory]
    [InlineData("cancelled", 1)]
    [InlineData("deadline-exceeded", 4)]
    [InlineData("resource-exhausted", 8)]
    [InlineData("internal", 13)]
    [InlineData("unavailable", 14)]
    public void Matches_GrpcStatusOfTheHeaders(string token, int status)
    {
        RetryConditions conditions = RetryConditions.Parse(token);
        for (int other = -1; other <= 16; other++)
        {
            Assert.Equal(other == status, conditions.Matches(200, other, isRateLimited: false));
        }
    }

    [Fact]
    public void Matches_RateLimited_OnlyUnderItsOwnToken()
    {
        Assert.False(RetryConditions.Parse("5xx,429,gateway-error").Matches(503, -1, isRateLimited: true));
        Assert.True(RetryConditions.Parse("envoy-ratelimited").Matches(429, -1, isRateLimited: true));
        Assert.False(RetryConditions.Parse("envoy-ratelimited").Matches(429, -1, isRateLimited: false));
    }

    [Theory]
    [InlineData("reset", ResetKind.Broken, true, true)]
    [InlineData("reset", ResetKind.ConnectFailed, false, true)]
    [InlineData("reset", ResetKind.PerTryTimeout, true, true)]
    [InlineData("5xx", ResetKind.PerTryTimeout, true, true)]
    [InlineData("gateway-error", ResetKind.Broken, true, true)]
    [InlineData("connect-failure", ResetKind.ConnectFailed, false, true)]
    [InlineData("connect-failure", ResetKind.Broken, true, false)]
    [InlineData("connect-failure", ResetKind.PerTryTimeout, true, false)]
    [InlineData("connect-failure,refused-stream,unavailable,cancelled,503", ResetKind.PerTryTimeout, true, false)]
    [InlineData("connect-failure,refused-stream,unavailable,cancelled,503", ResetKind.Broken, true, false)]
    [InlineData("refused-stream", ResetKind.RefusedStream, true, true)]
    [InlineData("refused-stream", ResetKind.Broken, true, false)]
    [InlineData("reset-before-request", ResetKind.Broken, false, true)]
    [InlineData("reset-before-request", ResetKind.Broken, true, false)]
    [InlineData("503", ResetKind.Broken, true, false)]
    [InlineData("5xx,reset,gateway-error,connect-failure", ResetKind.Overflow, false, false)]
    public void Matches_Reset(string text, ResetKind kind, bool requestSent, bool expected) =>
        Assert.Equal(expected, RetryConditions.Parse(text).Matches(kind, requestSent));

    [Fact]
    public void Parse_KeepsNumbersAndUnknownTokensApart()
    {
        RetryConditions conditions = RetryConditions.Parse("5xx,503,bogus, 999,retriable-headers,502,http3-post-connect-failure,5XX");
        Assert.Equal(RetryOn.ServerError | RetryOn.RetriableStatusCodes | RetryOn.RetriableHeaders, conditions.On);
        Assert.Equal([502, 503], conditions.StatusCodes.AsEnumerable());
        Assert.Equal(["bogus", "999", "5XX"], conditions.Unknown.AsEnumerable());
    }

    [Fact]
    public void Parse_Nothing_IsTheDefaultAndOnlyCommasAreNoCondition()
    {
        Assert.Same(RetryConditions.Default, RetryConditions.Parse(null));
        Assert.Same(RetryConditions.Default, RetryConditions.Parse(""));
        Assert.Equal(RetryOn.None, RetryConditions.Parse(" , ").On);
        Assert.Equal(
            RetryOn.ConnectFailure | RetryOn.RefusedStream | RetryOn.GrpcUnavailable | RetryOn.GrpcCancelled | RetryOn.RetriableStatusCodes,
            RetryConditions.Default.On);
    }

    [Fact]
    public void Parse_EveryKnownToken_IsKnown() =>
        Assert.All(RetryConditions.KnownTokens, static token => Assert.Empty(RetryConditions.Parse(token).Unknown));
}
