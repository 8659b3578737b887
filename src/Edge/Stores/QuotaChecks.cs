using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Stores;

/// <summary>The pool of one loop's <see cref="QuotaCheck"/>s. Loop-thread only.</summary>
internal sealed class QuotaChecks(EventLoop loop)
{
    // As many as one connection lets wait; a burst beyond that is not asked anyway.
    private const int MaxPooled = RedisLink.MaxWaiting;

    private readonly Stack<QuotaCheck> _free = new();

    public EventLoop Loop => loop;

    public QuotaCheck Rent() => _free.TryPop(out QuotaCheck? check) ? check : new QuotaCheck(this);

    public void Return(QuotaCheck check)
    {
        if (_free.Count < MaxPooled)
        {
            _free.Push(check);
        }
    }
}
