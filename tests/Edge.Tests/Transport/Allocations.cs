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
}
