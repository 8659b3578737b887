namespace VoltageSoda.Edge.Policies.Tests.Facts;

/// <summary>Runs the same work on several threads that start together.</summary>
internal static class Race
{
    public static void Run(int threads, Action<int> work)
    {
        using Barrier start = new(threads);
        Exception? failure = null;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                work(i);
            }
            catch (Exception caught)
            {
                failure = caught;
            }
        }))];
        Array.ForEach(all, static t => t.Start());
        Array.ForEach(all, static t => t.Join());
        Assert.Null(failure);
    }
}
