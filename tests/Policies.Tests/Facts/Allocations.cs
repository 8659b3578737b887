namespace VoltageSoda.Edge.Policies.Tests.Facts;

/// <summary>Measures what a piece of code allocates on this thread once it is warm.</summary>
internal static class Allocations
{
    /// <summary>Bytes allocated by 1000 runs after 200 to warm up.</summary>
    public static long Measure(Action run)
    {
        for (int i = 0; i < 200; i++)
        {
            run();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            run();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
