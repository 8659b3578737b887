namespace VoltageSoda.Edge.Policies.Tests.Facts;

/// <summary>Measures what a piece of code allocates on this thread once it is warm.</summary>
internal static class Allocations
{
    /// <summary>
    /// Bytes allocated by 1000 runs after 200 to warm up: the least of several times, since a collection caused by another thread, or the runtime
    /// replacing a method's code by a better one, adds to a single time what is not the runs'.
    /// </summary>
    public static long Measure(Action run)
    {
        for (int i = 0; i < 200; i++)
        {
            run();
        }

        long least = long.MaxValue;
        for (int round = 0; round < 10 && least > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                run();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
