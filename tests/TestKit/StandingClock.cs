namespace VoltageSoda.Edge.TestKit;

/// <summary>
/// A wall clock that stands, at the beginning of a second, so that no window of a minute or an hour ends within a test. Timers and time stamps
/// go on as ever. Thread-safe.
/// </summary>
public sealed class StandingClock : TimeProvider
{
    private readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(System.GetUtcNow().ToUnixTimeSeconds());

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _now;
}
