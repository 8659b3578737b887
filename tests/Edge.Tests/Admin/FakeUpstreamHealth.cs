using VoltageSoda.Edge.Upstream.Health;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>Upstream health as a test dictates it; switches are recorded.</summary>
internal sealed class FakeUpstreamHealth : IUpstreamHealth
{
    public IReadOnlyList<UpstreamHealthView> Views { get; set; } = [];

    public HealthSwitch Answer { get; set; } = HealthSwitch.Done;

    public List<(string Upstream, string Target, string? Address, bool Healthy)> Switched { get; } = [];

    public IReadOnlyList<UpstreamHealthView> Upstreams() => Views;

    public UpstreamHealthView? Find(string nameOrId) =>
        Views.FirstOrDefault(view => view.Name == nameOrId || view.Id.ToString() == nameOrId);

    public HealthSwitch SetHealth(string upstream, string target, string? address, bool healthy)
    {
        Switched.Add((upstream, target, address, healthy));
        return Answer;
    }
}
