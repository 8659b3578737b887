using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Admin;

/// <summary>A configuration in force, as the API shows it. Immutable.</summary>
/// <param name="Model">What it says.</param>
/// <param name="Hash">MD5 of its text, 32 hex digits.</param>
/// <param name="At">When it was published.</param>
public sealed record PublishedConfiguration(KongModel Model, string Hash, DateTimeOffset At)
{
    /// <summary>Nothing was published yet.</summary>
    public static readonly PublishedConfiguration None = new(KongModel.Empty, new string('0', 32), DateTimeOffset.UnixEpoch);
}
