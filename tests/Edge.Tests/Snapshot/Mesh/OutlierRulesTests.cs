using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Snapshot.Mesh;
using static VoltageSoda.Edge.Tests.Snapshot.Mesh.MeshModels;

namespace VoltageSoda.Edge.Tests.Snapshot.Mesh;

public sealed class OutlierRulesTests
{
    [Fact]
    public void Block_Absent_EjectsNobody() => Assert.Null(OutlierRules.Of(null));

    [Fact]
    public void Block_Empty_HasIstiosDefaults()
    {
        OutlierRule rule = OutlierRules.Of(Outlier())!;
        Assert.Equal((5, 5, 5, false), (rule.Consecutive5xx, rule.ConsecutiveGatewayFailure, rule.ConsecutiveLocalOriginFailure, rule.SplitExternalLocalOrigin));
        Assert.Equal((10_000L, 30_000L, 300_000L, 10.0), (rule.Interval, rule.BaseEjectionTime, rule.MaxEjectionTime, rule.MaxEjectionPercent));
        Assert.Equal((0.0, 0.0), (rule.EnforcingLocalOriginSuccessRate, rule.EnforcingLocalOriginFailurePercentage));
        Assert.Equal((100.0, 0.0, 100.0, 0.0, 0.0), (
            rule.EnforcingConsecutive5xx, rule.EnforcingConsecutiveGatewayFailure, rule.EnforcingConsecutiveLocalOriginFailure, rule.EnforcingSuccessRate,
            rule.EnforcingFailurePercentage));
        Assert.True(rule.IsError(500) && !rule.IsError(499));
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData(0, 0)]
    [InlineData(7, 7)]
    public void Consecutive5xx_ZeroSwitchesOff(int? written, int count) =>
        Assert.Equal(count, OutlierRules.Of(Outlier(written))!.Consecutive5xx);

    [Theory]
    [InlineData(null, 5, 0)]
    [InlineData(0, 0, 0)]
    [InlineData(3, 3, 100)]
    public void Gateway_IsEnforcedOnlyWhenSet(int? written, int count, double enforced)
    {
        OutlierRule rule = OutlierRules.Of(Outlier() with { ConsecutiveGatewayErrors = written })!;
        Assert.Equal((count, enforced), (rule.ConsecutiveGatewayFailure, rule.EnforcingConsecutiveGatewayFailure));
    }

    [Fact]
    public void Everything_Written_IsTaken()
    {
        OutlierRule rule = OutlierRules.Of(Outlier(4) with
        {
            ConsecutiveGatewayErrors = 3,
            ConsecutiveLocalOriginFailures = 2,
            SplitExternalLocalOriginErrors = true,
            Interval = TimeSpan.FromSeconds(3),
            BaseEjectionTime = TimeSpan.FromMinutes(10),
            MaxEjectionPercent = 50,
            HttpErrorCodes = ["429", "4xx", "x", "99"],
            EnforcingSuccessRate = 50,
            EnforcingLocalOriginSuccessRate = 40,
            EnforcingFailurePercentageLocalOrigin = 30,
            SuccessRateMinimumHosts = 3,
            SuccessRateRequestVolume = 20,
            SuccessRateStdevFactor = 1.5,
            EnforcingFailurePercentage = 60,
            FailurePercentageThreshold = 70,
            HalfOpenProbes = 2,
        })!;
        Assert.Equal((2, true, 3_000L, 600_000L, 600_000L, 50.0), (
            rule.ConsecutiveLocalOriginFailure, rule.SplitExternalLocalOrigin, rule.Interval, rule.BaseEjectionTime, rule.MaxEjectionTime, rule.MaxEjectionPercent));
        Assert.Equal((50.0, 3, 20, 1.5, 60.0, 70.0, 2), (
            rule.EnforcingSuccessRate, rule.SuccessRateMinimumHosts, rule.SuccessRateRequestVolume, rule.SuccessRateFactor, rule.EnforcingFailurePercentage,
            rule.FailurePercentageThreshold, rule.HalfOpenProbes));
        Assert.Equal((40.0, 30.0), (rule.EnforcingLocalOriginSuccessRate, rule.EnforcingLocalOriginFailurePercentage));
        Assert.True(rule.IsError(429) && rule.IsError(404) && !rule.IsError(500));
    }
}
