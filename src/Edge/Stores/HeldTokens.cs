using VoltageSoda.Edge.Policies.RateLimiting;

namespace VoltageSoda.Edge.Stores;

/// <summary>The tokens that this process holds for one identifier, and who fetches the next ones. Thread-safe.</summary>
internal sealed class HeldTokens
{
    private QuotaGrant? _grant;
    private int _fetching;

    public QuotaGrant? Grant => Volatile.Read(ref _grant);

    public bool IsFetching => Volatile.Read(ref _fetching) != 0;

    /// <summary>True for one caller until <see cref="Put"/> or <see cref="EndFetch"/>.</summary>
    public bool TryBeginFetch() => Interlocked.CompareExchange(ref _fetching, 1, 0) == 0;

    public void Put(QuotaGrant grant)
    {
        Volatile.Write(ref _grant, grant);
        EndFetch();
    }

    public void EndFetch() => Volatile.Write(ref _fetching, 0);

    /// <summary>Nothing is being fetched and the windows of what is held are over.</summary>
    public bool IsOver(long unixMilliseconds) =>
        !IsFetching && (Grant is not { } grant || !grant.IsCurrent(unixMilliseconds));
}
