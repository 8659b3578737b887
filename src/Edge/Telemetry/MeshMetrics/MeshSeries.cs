using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>
/// The series of Istio's metrics over all loops and snapshots; kept for the life of the process. Destinations and shapes of labels are numbered
/// when a snapshot is compiled, under a lock; loops write shards of their own. Label sets are bounded by <see cref="MetricsOptions.MaxSeries"/>: past it
/// they share one labelled <c>overflow</c>.
/// </summary>
internal sealed class MeshSeries
{
    /// <summary>The number of <see cref="DestinationLabels.Nobody"/>.</summary>
    public const int NoDestination = 0;

    /// <summary>The number that stands for every destination over the budget.</summary>
    public const int OverflowDestination = 1;

    private readonly EdgeMetrics _owner;
    private readonly MeshShard?[] _shards;
    private readonly Lock _gate = new();
    private readonly Dictionary<DestinationLabels, int> _numbers = [];
    private readonly List<DestinationLabels> _destinations = [DestinationLabels.Nobody];
    private readonly Dictionary<string, MetricShape> _shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Name, string Source), TagValues> _values = [];
    private SourceLabels _source = new();

    public MeshSeries(EdgeMetrics owner, int loops)
    {
        _owner = owner;
        _shards = new MeshShard?[loops];
        _numbers.Add(DestinationLabels.Nobody, NoDestination);
        const string Overflow = "overflow";
        _destinations.Add(new DestinationLabels
        {
            Workload = Overflow,
            WorkloadNamespace = Overflow,
            App = Overflow,
            Version = Overflow,
            Service = Overflow,
            ServiceName = Overflow,
            ServiceNamespace = Overflow,
            CanonicalService = Overflow,
            CanonicalRevision = Overflow,
            Cluster = Overflow,
        });
    }

    /// <summary>Who the edge is; set when a snapshot is compiled.</summary>
    public SourceLabels Source
    {
        get => Volatile.Read(ref _source);
        set => Volatile.Write(ref _source, value);
    }

    /// <summary>Whether anything is served whose metrics these are; set when a snapshot is compiled.</summary>
    public bool IsServed { get; set; }

    /// <summary>The number of a destination. Not called by a loop.</summary>
    public int Destination(DestinationLabels labels)
    {
        lock (_gate)
        {
            if (_numbers.TryGetValue(labels, out int number))
            {
                return number;
            }

            if (_destinations.Count >= Math.Min(MeshSeriesKey.MaxDestinations, _owner.Options.MaxSeries))
            {
                _owner.CountOverflow();
                return OverflowDestination;
            }

            _destinations.Add(labels);
            _numbers.Add(labels, _destinations.Count - 1);
            return _destinations.Count - 1;
        }
    }

    /// <summary>The labels of a number.</summary>
    public DestinationLabels Destination(int number)
    {
        lock (_gate)
        {
            return _destinations[number];
        }
    }

    /// <summary>The shape of a metric with these labels. Not called by a loop.</summary>
    public MetricShape Shape(IReadOnlySet<int> removed, IReadOnlyList<MetricTag> tags)
    {
        MetricTag[] ordered = [.. tags.OrderBy(static tag => tag.IsRead ? 0 : 1).ThenBy(static tag => tag.Name, StringComparer.Ordinal)];
        string identity = string.Join(',', removed.Order()) + '\n' + string.Join('\n', ordered.Select(static tag => $"{tag.Name}={tag.Source}"));
        lock (_gate)
        {
            if (!_shapes.TryGetValue(identity, out MetricShape? shape))
            {
                if (_shapes.Count == MetricShape.MaxShapes)
                {
                    // Thousands of reloads with other labels each: the first shape, Istio's own, goes on.
                    _owner.CountOverflow();
                    return _shapes.Values.First();
                }

                shape = new MetricShape(_shapes.Count, removed, ordered) { Values = [.. ordered.Select(ValuesOf)] };
                _shapes.Add(identity, shape);
            }

            return shape;
        }
    }

    /// <summary>The shape with a number.</summary>
    public MetricShape Shape(int number)
    {
        lock (_gate)
        {
            return _shapes.Values.First(shape => shape.Number == number);
        }
    }

    /// <summary>The shard of the calling loop.</summary>
    public MeshShard Shard(int loopId) => _shards[loopId] ?? MakeShard(loopId);

    /// <summary>The row of a label set in a table of the calling loop.</summary>
    public Span<long> Row(SeriesTable table, long facts, long tags)
    {
        Span<long> row = table.Find(facts, tags);
        return row.IsEmpty ? FirstSight(table, facts, tags) : row;
    }

    /// <summary>Sums a metric over the loops.</summary>
    public Dictionary<(long Facts, long Tags), long[]> Read(MeshMetric metric)
    {
        Dictionary<(long Facts, long Tags), long[]> totals = [];
        foreach (MeshShard? shard in _shards)
        {
            shard?.Tables[(int)metric].AddTo(totals);
        }

        return totals;
    }

    private TagValues? ValuesOf(MetricTag tag)
    {
        if (!tag.IsRead)
        {
            return null;
        }

        if (!_values.TryGetValue((tag.Name, tag.Source), out TagValues? values))
        {
            values = new TagValues();
            _values.Add((tag.Name, tag.Source), values);
        }

        return values;
    }

    private MeshShard MakeShard(int loopId)
    {
        MeshShard shard = new();
        Volatile.Write(ref _shards[loopId], shard);
        return shard;
    }

    // Once per label set and loop, and again for each event of a label set over the budget.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Span<long> FirstSight(SeriesTable table, long facts, long tags)
    {
        if (_owner.TryTakeSeries())
        {
            return table.Add(facts, tags);
        }

        _owner.CountOverflow();
        facts = MeshSeriesKey.Overflow(facts);

        // The number of every label's value for what is not told apart is 0.
        tags = tags >> MetricShape.ValueBits << MetricShape.ValueBits;
        Span<long> known = table.Find(facts, tags);
        return known.IsEmpty ? table.Add(facts, tags) : known;
    }
}
