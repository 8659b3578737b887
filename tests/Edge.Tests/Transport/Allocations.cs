namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>What allocation tests may see.</summary>
internal static class Allocations
{
#if DEBUG
    /// <summary>Bytes per async call: unoptimised, the compiler makes state machines classes, though their boxes are still pooled.</summary>
    public const long StateMachine = 256;
#else
    /// <summary>Bytes per async call.</summary>
    public const long StateMachine = 0;
#endif

    /// <summary>
    /// The least a round allocated, of several: a collection caused by another thread, or the runtime replacing a method's code by a
    /// better one, adds to a single round what is not the round's.
    /// </summary>
    public static long Least(Func<long> round)
    {
        long least = long.MaxValue;
        for (int i = 0; i < 10 && least > 0; i++)
        {
            least = Math.Min(least, round());
        }

        return least;
    }
}
