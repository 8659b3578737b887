namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>
/// How answers become signals and how many of a kind change the state of an address: one half (active or passive) of Kong's
/// <c>healthchecks</c>. Immutable, thread-safe.
/// </summary>
public sealed class HealthRule
{
    private const int StatusLimit = 1000;

    private readonly ulong[] _good = new ulong[(StatusLimit + 63) / 64];
    private readonly ulong[] _bad = new ulong[(StatusLimit + 63) / 64];

    /// <param name="goodStatuses">Statuses that count as success, 100..999.</param>
    /// <param name="badStatuses">Statuses that count as failure; a status in both counts as success.</param>
    public HealthRule(IEnumerable<int> goodStatuses, IEnumerable<int> badStatuses)
    {
        Mark(_good, goodStatuses);
        Mark(_bad, badStatuses);
    }

    /// <summary>Successes that heal; 0 never.</summary>
    public int Successes { get; init; }

    /// <summary>Bad statuses that make unhealthy; 0 never.</summary>
    public int HttpFailures { get; init; }

    /// <summary>Connection failures that make unhealthy; 0 never.</summary>
    public int TcpFailures { get; init; }

    /// <summary>Timeouts that make unhealthy; 0 never.</summary>
    public int Timeouts { get; init; }

    /// <summary>
    /// Whether successes may end being unhealthy. False for passive checks: an address out of rotation gets no traffic, and an answer that was
    /// under way when it left says nothing about now.
    /// </summary>
    public bool Heals { get; init; }

    /// <summary>Whether any report can change anything.</summary>
    public bool IsActive => Successes + HttpFailures + TcpFailures + Timeouts > 0;

    /// <summary>Counts a status; 0 stands for an answer that is not HTTP. What is in neither list is ignored.</summary>
    public HealthChange ReportStatus(HealthRecord record, int status) =>
        Judge(status) is { } signal ? Report(record, signal) : HealthChange.None;

    /// <summary>What a status says; null when it is in neither list.</summary>
    public HealthSignal? Judge(int status) =>
        Contains(_good, status) ? HealthSignal.Success
        : status == 0 || Contains(_bad, status) ? HealthSignal.HttpFailure
        : null;

    /// <summary>Counts a signal.</summary>
    public HealthChange Report(HealthRecord record, HealthSignal signal)
    {
        ArgumentNullException.ThrowIfNull(record);
        int limit = signal switch
        {
            HealthSignal.Success => Successes,
            HealthSignal.HttpFailure => HttpFailures,
            HealthSignal.TcpFailure => TcpFailures,
            _ => Timeouts,
        };
        return record.Report(signal, limit, Heals);
    }

    private static bool Contains(ulong[] set, int status) =>
        (uint)status < StatusLimit && (set[status >> 6] & (1UL << (status & 63))) != 0;

    private static void Mark(ulong[] set, IEnumerable<int> statuses)
    {
        foreach (int status in statuses)
        {
            if (status is < 100 or >= StatusLimit)
            {
                throw new ArgumentOutOfRangeException(nameof(statuses), status, "A status is 100..999.");
            }

            set[status >> 6] |= 1UL << (status & 63);
        }
    }
}
