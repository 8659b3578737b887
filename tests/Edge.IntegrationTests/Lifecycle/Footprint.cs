using System.Globalization;

namespace VoltageSoda.Edge.IntegrationTests.Lifecycle;

/// <summary>What a process holds when nothing is in flight.</summary>
/// <param name="Heap">Bytes of live objects, after full collections.</param>
/// <param name="Threads">Threads that are not the pool's or the compiler's, which come and go as they like.</param>
/// <param name="Descriptors">Open descriptors of sockets, pipes and events.</param>
/// <param name="Timers">Timers that are set.</param>
/// <param name="RedisClients">Connections that the redis-server has, without the one that asks.</param>
/// <param name="Series">Series of the exposition.</param>
/// <param name="Snapshots">Configurations that are still in memory.</param>
/// <param name="Queues">Queues to collectors: those in use and those that are leaving.</param>
internal sealed record Footprint(long Heap, int Threads, int Descriptors, long Timers, int RedisClients, int Series, int Snapshots, int Queues)
{
    /// <summary>Collects everything that nothing refers to, what finalizers let go included.</summary>
    public static long Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    public static int CountThreads() => Directory.GetDirectories("/proc/self/task").Count(static thread =>
    {
        try
        {
            string name = File.ReadAllText(Path.Combine(thread, "comm"));
            return !name.StartsWith(".NET TP", StringComparison.Ordinal) && !name.StartsWith(".NET Tiered", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return false;
        }
    });

    public static int CountDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Count(static descriptor =>
    {
        try
        {
            // Files have paths; the runtime opens assemblies when it wants to.
            return new FileInfo(descriptor).LinkTarget is { Length: > 0 } target && target[0] != '/';
        }
        catch (IOException)
        {
            return false;
        }
    });

    /// <summary>Whether this is no more than another one, the heap within so many bytes.</summary>
    public bool IsWithin(Footprint other, long heap) =>
        Heap <= other.Heap + heap && Threads <= other.Threads && Descriptors <= other.Descriptors && Timers <= other.Timers
        && RedisClients <= other.RedisClients && Series <= other.Series && Snapshots <= other.Snapshots && Queues <= other.Queues;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Heap / 1024} KiB, {Threads} threads, {Descriptors} descriptors, {Timers} timers, {RedisClients} Redis clients, {Series} series, {Snapshots} snapshots, {Queues} queues");
}
