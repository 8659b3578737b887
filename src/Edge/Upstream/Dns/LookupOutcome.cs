namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>How one lookup, with all its questions, ended.</summary>
internal enum LookupResult
{
    Resolved,
    NotFound,
    Failed,
}

/// <summary>The outcome of one lookup. A port of 0 stands for the watch's default port.</summary>
internal readonly record struct LookupOutcome(LookupResult Result, ResolvedAddress[] Addresses, TimeSpan Ttl, RecordKind? Kind)
{
    public static LookupOutcome Without(LookupResult result) => new(result, [], TimeSpan.Zero, null);
}
