using VoltageSoda.Edge.Telemetry.MeshLog;

namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>One loop's part of Istio's series. Written by that loop only.</summary>
internal sealed class MeshShard
{
    // Values of labels stand in one format each, of few operators.
    private const int Operators = 16;

    private readonly MeshLogFormatter _formatter = new(new QueryMask(new AccessLogOptions { Path = "", Loops = 1 }.SecretQueryParameters));
    private byte[]? _room;

    /// <summary>A table per <see cref="MeshMetric"/>.</summary>
    public SeriesTable[] Tables { get; } =
        [new SeriesTable(1), new SeriesTable(EnvoyBuckets.Slots), new SeriesTable(EnvoyBuckets.Slots), new SeriesTable(EnvoyBuckets.Slots)];

    /// <summary>The part of a key that the labels of a shape make of an exchange.</summary>
    public long Read(MetricShape shape, scoped in MeshLogLine line)
    {
        byte[] room = _room ??= new byte[MeshLogFormatter.RoomOf(Operators)];
        long key = shape.Key;
        for (int i = 0; i < shape.ReadCount; i++)
        {
            MetricTag tag = shape.Tags[i];
            ReadOnlySpan<byte> value = room.AsSpan(0, _formatter.Format(room, tag.Format!, in line));
            value = value.SequenceEqual("-"u8) ? tag.Default : value;
            key |= (long)shape.Values[i]!.NumberOf(value) << (i * TagValues.Bits);
        }

        return key;
    }
}
