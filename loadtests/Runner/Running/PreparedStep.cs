using VoltageSoda.Edge.LoadTests.Model;

namespace VoltageSoda.Edge.LoadTests.Running;

/// <summary>A step made ready: its request as bytes, and the body that its first answer proved to be the right one. Immutable.</summary>
internal sealed record PreparedStep(Step Step, byte[] Request, ReadOnlyMemory<byte>? ReferenceBody)
{
    /// <summary>Whether the answer has no body whatever its head says.</summary>
    public bool IsHead { get; } = Step.Method == "HEAD";
}
