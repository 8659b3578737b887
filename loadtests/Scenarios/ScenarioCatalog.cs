using VoltageSoda.Edge.LoadTests.Model;

namespace VoltageSoda.Edge.LoadTests.Scenarios;

/// <summary>
/// The scenarios by name. Each differs from <c>keepalive-1k</c> in one thing, so that a difference between two results has one cause.
/// </summary>
public static class ScenarioCatalog
{
    private const int PostSize = 8 * 1024;

    private static readonly Dictionary<string, Func<ScenarioSettings, Scenario>> Builders = new(StringComparer.Ordinal)
    {
        ["keepalive-1k"] = settings => settings.Create("keepalive-1k", "64 keep-alive connections, 1 KiB answers: the base of comparison.",
            OriginSteps.Get("1k")),
        ["conn-1000"] = settings => settings.Create("conn-1000", "1000 connections instead of 64.", OriginSteps.Get("1k"))
            with
        { Connections = 1000 },
        ["conn-1"] = settings => settings.Create("conn-1", "One connection: the latency of a single request, without batching.",
            OriginSteps.Get("1k")) with
        { Connections = 1 },
        ["body-64k"] = settings => settings.Create("body-64k", "64 KiB answers instead of 1 KiB.", OriginSteps.Get("64k")),
        ["body-1m"] = settings => settings.Create("body-1m", "1 MiB answers instead of 1 KiB, 16 connections.", OriginSteps.Get("1m"))
            with
        { Connections = 16 },
        ["post"] = settings => settings.Create("post", "POST with an 8 KiB body.", OriginSteps.Post(PostSize)),
        ["close"] = settings => settings.Create("close", "A new connection for each request.", OriginSteps.Get("1k")) with { CloseEach = true },
        ["backend-plugins"] = settings => settings.Create("backend-plugins", "The backend route: JWT, ACL, rate limit, size limit.",
            WithToken(OriginSteps.Get("1k", "/api/v1"), settings.Token)),
    };

    /// <summary>All names, in the order they are worth running.</summary>
    public static IReadOnlyCollection<string> Names => Builders.Keys;

    /// <summary>Makes a scenario; <see cref="ArgumentException"/> when there is none of that name.</summary>
    public static Scenario Create(string name, ScenarioSettings settings) =>
        Builders.TryGetValue(name, out Func<ScenarioSettings, Scenario>? builder)
            ? builder(settings)
            : throw new ArgumentException($"There is no scenario '{name}': {string.Join(", ", Names)}.");

    private static Step WithToken(Step step, string? token) =>
        token is null ? step : step with { Headers = [.. step.Headers, ("Authorization", "Bearer " + token)] };
}
