using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Relay;

/// <summary>
/// The deadline of one direction of a relay, counted only while somebody waits there: silence longer than the timeout, or, with a
/// minimum rate, too few bytes over all waiting beyond the grace. Lives on the loop's wheel without allocation: beginning and ending a wait
/// are plain writes in the common case.
/// </summary>
internal sealed class WaitTimer(IWaitOwner owner, EventLoop loop, WaitKind kind) : TimerEntry
{
    private const int RateCheckMilliseconds = 1000;

    private int _timeout;
    private int _minRate;
    private int _grace;
    private long _waited;
    private long _bytes;
    private long _began;
    private long _until;
    private long _movedBefore;
    private bool _waiting;

    /// <summary>
    /// Starts a new exchange's count. Times in milliseconds; rate in bytes per second, 0 without; <paramref name="until"/> is a loop time
    /// after which no wait may last, whatever moved.
    /// </summary>
    public void Reset(int timeout, int minRate = 0, int grace = 0, long until = Never)
    {
        _until = until;
        _timeout = timeout;
        _minRate = minRate;
        _grace = grace;
        _waited = 0;
        _bytes = 0;
        _waiting = false;
    }

    public void Begin()
    {
        long now = loop.NowMilliseconds;
        _began = now;
        _waiting = true;
        if (_minRate != 0)
        {
            _movedBefore = owner.Moved(kind);
        }

        loop.Timers.Schedule(this, Math.Min(_until, now + (_minRate == 0 ? _timeout : Math.Min(_timeout, _grace))));
    }

    /// <summary>The wait ended with so many bytes moved. A peer that drips never lets a single wait expire: its rate is judged here.</summary>
    public void End(long bytes)
    {
        _waiting = false;
        loop.Timers.Cancel(this);
        if (_minRate == 0)
        {
            return;
        }

        _waited += loop.NowMilliseconds - _began;
        _bytes += Math.Max(bytes, owner.Moved(kind) - _movedBefore);
        if (IsTooSlow(_waited, _bytes))
        {
            owner.WaitExpired(kind, tooSlow: true);
        }
    }

    protected internal override void OnExpired(long nowMs)
    {
        if (!_waiting)
        {
            return;
        }

        if (kind == WaitKind.UpstreamRead && owner.IsSendingBody)
        {
            // The upstream owes nothing before it has the whole request (nginx counts proxy_read_timeout from there).
            _began = nowMs;
            loop.Timers.Schedule(this, nowMs + _timeout);
            return;
        }

        long waiting = nowMs - _began;
        if (waiting >= _timeout || nowMs >= _until)
        {
            owner.WaitExpired(kind, tooSlow: false);
            return;
        }

        if (_minRate != 0)
        {
            long waited = _waited + waiting;
            long moved = _bytes + owner.Moved(kind) - _movedBefore;
            if (IsTooSlow(waited, moved))
            {
                owner.WaitExpired(kind, tooSlow: true);
                return;
            }

            loop.Timers.Schedule(this, Math.Min(_until, Math.Min(nowMs + RateCheckMilliseconds, _began + _timeout)));
            return;
        }

        loop.Timers.Schedule(this, Math.Min(_until, _began + _timeout));
    }

    private bool IsTooSlow(long waited, long moved) => waited >= _grace && moved * 1000 < waited * _minRate;
}
