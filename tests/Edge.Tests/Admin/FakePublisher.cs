using VoltageSoda.Edge.Admin.Config;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>Refuses nothing and publishes nothing.</summary>
internal sealed class FakePublisher : IConfigurationPublisher
{
    public Func<string, PublishResult> Publish { get; set; } = static _ => new PublishResult(PublishOutcome.Busy);

    public string HashOf(string text) => new('1', 32);

    public Task<PublishResult> PublishAsync(string text) => Task.FromResult(Publish(text));

    public IReadOnlyList<PostedFinding> Judge(string text) => [];
}
