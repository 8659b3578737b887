using System.Diagnostics;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Waits for what another thread or the kernel brings about and gives no event for.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < LoopRunner.Limit, $"Waited in vain until {what}.");
            await Task.Delay(1);
        }
    }
}
