using VoltageSoda.Edge.Policies.RateLimiting;

namespace VoltageSoda.Edge.Stores;

/// <summary>The tokens that this process holds for one identifier, and who fetches the next ones. Thread-safe.</summary>
internal sealed class HeldTokens
{
    private const int Idle = 0;
    private const int Fetching = 1;
    private const int Retired = 2;

    private QuotaGrant? _grant;
    private int _state;

    public QuotaGrant? Grant => Volatile.Read(ref _grant);

    public bool IsFetching => Volatile.Read(ref _state) == Fetching;

    /// <summary>No tokens are put here any more.</summary>
    public bool IsRetired => Volatile.Read(ref _state) == Retired;

    /// <summary>True for one caller until <see cref="Put"/> or <see cref="EndFetch"/>.</summary>
    public bool TryBeginFetch() => Interlocked.CompareExchange(ref _state, Fetching, Idle) == Idle;

    /// <summary>Ends it unless somebody fetches: whoever removes it does so first, so that no tokens are put where nobody finds them.</summary>
    public bool TryRetire() => Interlocked.CompareExchange(ref _state, Retired, Idle) == Idle;

    public void Put(QuotaGrant grant)
    {
        Volatile.Write(ref _grant, grant);
        EndFetch();
    }

    public void EndFetch() => Volatile.Write(ref _state, Idle);

    /// <summary>Nothing is being fetched and the windows of what is held are over.</summary>
    public bool IsOver(long unixMilliseconds) =>
        !IsFetching && (Grant is not { } grant || !grant.IsCurrent(unixMilliseconds));
}
