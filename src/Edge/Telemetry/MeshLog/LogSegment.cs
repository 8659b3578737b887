namespace VoltageSoda.Edge.Telemetry.MeshLog;

/// <summary>A part of a compiled format. Immutable.</summary>
internal sealed record LogSegment
{
    public required LogOperator Operator { get; init; }

    /// <summary>The literal, or the first name in parentheses.</summary>
    public byte[] Text { get; init; } = [];

    /// <summary>The name behind <c>?</c>; empty for none.</summary>
    public byte[] Alternative { get; init; } = [];

    /// <summary>Longest value shown, in bytes; what a line has no room for is cut too.</summary>
    public int Cut { get; init; } = int.MaxValue;

    /// <summary>How a start time is written; null for the default.</summary>
    public LogTimeFormat? Time { get; init; }

    /// <summary>In JSON: a value of its own, with its type, instead of a part of a text.</summary>
    public bool IsLone { get; init; }
}
