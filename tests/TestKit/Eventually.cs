using System.Diagnostics;

namespace VoltageSoda.Edge.TestKit;

/// <summary>
/// Waits for what another process, the kernel or a counter brings about and gives no event for. Where something tells of itself, await that:
/// <see cref="Happening"/>.
/// </summary>
public static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    /// <summary>Looks until the condition holds; throws when it never does.</summary>
    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Asks until the condition holds; throws when it never does.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
            {
                throw new TimeoutException($"Waited in vain until {what}.");
            }

            await Task.Delay(Pause);
        }
    }
}
