namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>What the resolver has done since start. Counters only grow; thread-safe.</summary>
public sealed class NameCounters
{
    internal long _lookups;
    internal long _notFound;
    internal long _failures;
    internal long _changes;

    /// <summary>Lookups finished, whatever their outcome. The hosts file counts, IP literals do not.</summary>
    public long Lookups => Volatile.Read(ref _lookups);

    /// <summary>Lookups that ended with "no such name" or "no address".</summary>
    public long NotFound => Volatile.Read(ref _notFound);

    /// <summary>Lookups that ended in an error or timeout.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Times the address set of a name changed, its first answer included.</summary>
    public long Changes => Volatile.Read(ref _changes);
}
