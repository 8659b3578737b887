using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Scenarios;

namespace VoltageSoda.Edge.LoadTests.Tests.Model;

public sealed class ScenarioTests
{
    private static readonly LoadSimulation Open = new LoadSimulation.InjectConstantRate(1, TimeSpan.FromSeconds(1));
    private static readonly LoadSimulation Closed = new LoadSimulation.KeepConcurrent(TimeSpan.FromSeconds(1));
    private static readonly Step Get = new("get", "/");

    [Fact]
    public void Validate_WhatCannotBeRun_IsRefused()
    {
        Scenario fine = new("fine", [Get], [Open]);
        fine.Validate();

        Assert.Throws<ArgumentException>((fine with { Steps = [] }).Validate);
        Assert.Throws<ArgumentException>((fine with { Load = [] }).Validate);
        Assert.Throws<ArgumentException>((fine with { Load = [Open, Closed] }).Validate);
        Assert.Throws<ArgumentException>((fine with { Load = [Open with { During = TimeSpan.Zero }] }).Validate);
        Assert.Throws<ArgumentException>((fine with { Load = [new LoadSimulation.InjectConstantRate(0, TimeSpan.FromSeconds(1))] }).Validate);
        Assert.Throws<ArgumentException>((fine with { Connections = 1, Threads = 2 }).Validate);
        Assert.Throws<ArgumentException>((fine with { Steps = [Get, Get], CloseEach = true }).Validate);
    }

    [Fact]
    public void Catalog_EveryScenario_CanBeRunInBothModels()
    {
        foreach (string name in ScenarioCatalog.Names)
        {
            Scenario open = ScenarioCatalog.Create(name, new ScenarioSettings { Rate = 100 });
            Scenario closed = ScenarioCatalog.Create(name, new ScenarioSettings { Rate = null });
            open.Validate();
            closed.Validate();

            Assert.Equal(name, open.Name);
            Assert.False(open.IsClosed);
            Assert.True(closed.IsClosed);
            Assert.Contains(open.Thresholds, threshold => threshold.ToString() == "errors==0");
            Assert.All(open.Steps, step => Assert.NotNull(step.Expect.BodySha256));
        }
    }
}
