using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// The counters of one identifier: one total that only grows, and per window the total at its start. Thread-safe, lock-free.
/// </summary>
/// <remarks>
/// What a window has used is the total minus the base it began with, so one compare-and-swap on the total charges all windows
/// together, and a refusal writes nothing. Opening a window stores its number and base in one word. The base is read before it is stored: a
/// request that slips in between is charged to the new window as well, which can make a window stricter at its very edge, never laxer. Two
/// threads whose clocks straddle an edge agree on the newer window.
/// </remarks>
internal sealed class WindowCounters(uint tag, byte[] key)
{
    /// <summary>Largest count a window can hold; higher limits behave like this one.</summary>
    public const long MaxCount = BaseMask;

    private const int BaseBits = 40;
    private const long BaseMask = (1L << BaseBits) - 1;
    private const long NumberMask = (1L << (64 - BaseBits)) - 1;
    private const long DeadFlag = long.MinValue;

    // A clock that went back further than this was set, not skewed: waiting for it to catch up would block clients.
    private const long ToleratedSkewSeconds = 300;

    private long _total;
    private Windows _windows;

    /// <summary>Upper bits of the key's hash, compared before the key.</summary>
    public uint Tag { get; } = tag;

    public byte[] Key { get; } = key;

    /// <summary>
    /// Decides one request. False: these counters have been removed from the table; look the identifier up again.
    /// </summary>
    public bool TryDecide(in PeriodValues limits, long now, out RateLimitVerdict verdict)
    {
        PeriodValues remaining = default;
        while (true)
        {
            long total = Volatile.Read(ref _total);
            if (total < 0)
            {
                verdict = default;
                return false;
            }

            bool exhausted = false;
            bool stale = false;
            for (int i = 0; i < RateWindow.PeriodCount; i++)
            {
                if (limits[i] == 0)
                {
                    continue;
                }

                long used = (total - OpenWindow((RatePeriod)i, now, total)) & BaseMask;
                if (used > BaseMask / 2)
                {
                    stale = true; // A window was opened by a request that saw a later total: read again.
                    break;
                }

                long left = Math.Min(limits[i], MaxCount / 2) - used;
                remaining[i] = left;
                exhausted |= left <= 0;
            }

            if (stale)
            {
                continue;
            }

            if (exhausted)
            {
                verdict = RateLimitVerdict.Describe(false, limits, remaining, now);
                return true;
            }

            if (Interlocked.CompareExchange(ref _total, total + 1, total) == total)
            {
                verdict = RateLimitVerdict.Describe(true, limits, remaining, now);
                return true;
            }
        }
    }

    /// <summary>The largest share of any limit in use now, in thousandths; 0 when every window is over.</summary>
    public int Fullness(in PeriodValues limits, long now)
    {
        long total = Volatile.Read(ref _total) & ~DeadFlag;
        long fullest = 0;
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            long window = Volatile.Read(ref _windows[i]);
            if (limits[i] == 0 || Ahead(window, RateWindow.NumberOf((RatePeriod)i, now)) < 0)
            {
                continue;
            }

            long used = (total - window) & BaseMask;
            fullest = Math.Max(fullest, Math.Min(1000, used >= limits[i] ? 1000 : used * 1000 / limits[i]));
        }

        return (int)fullest;
    }

    /// <summary>Takes the counters out of use if no window of any period is current. True when the caller may drop them.</summary>
    public bool TryExpire(long now)
    {
        long total = Volatile.Read(ref _total);
        for (int i = 0; i < RateWindow.PeriodCount; i++)
        {
            long window = Volatile.Read(ref _windows[i]);
            if (window != 0 && Ahead(window, RateWindow.NumberOf((RatePeriod)i, now)) >= 0)
            {
                return false;
            }
        }

        return total < 0 || Interlocked.CompareExchange(ref _total, total | DeadFlag, total) == total;
    }

    /// <summary>Takes the counters out of use whatever they hold. True for the one caller that did it.</summary>
    public bool TryKill()
    {
        long total = Volatile.Read(ref _total);
        while (total >= 0)
        {
            long found = Interlocked.CompareExchange(ref _total, total | DeadFlag, total);
            if (found == total)
            {
                return true;
            }

            total = found;
        }

        return false;
    }

    // Base of the period's window at this moment, opening it first if it is due.
    private long OpenWindow(RatePeriod period, long now, long total)
    {
        long number = RateWindow.NumberOf(period, now);
        ref long cell = ref _windows[(int)period];
        while (true)
        {
            long window = Volatile.Read(ref cell);
            long ahead = Ahead(window, number);
            bool isCurrent = ahead == 0 || (ahead > 0 && (ahead == 1 || ahead * RateWindow.LengthOf(period) <= ToleratedSkewSeconds));
            if (isCurrent)
            {
                return window & BaseMask;
            }

            // Numbers start at 1 so that a cell of 0 is a window never opened.
            long opened = (((number + 1) & NumberMask) << BaseBits) | (total & BaseMask);
            if (Interlocked.CompareExchange(ref cell, opened, window) == window)
            {
                return opened & BaseMask;
            }
        }
    }

    // How far the stored window lies after the wanted one, on the circle of 24-bit numbers.
    private static long Ahead(long window, long number)
    {
        long difference = ((window >>> BaseBits) - (number + 1)) & NumberMask;
        return window == 0 ? -1 : difference > NumberMask / 2 ? difference - NumberMask - 1 : difference;
    }

    // Number of the window (24 bits) above its base (40 bits).
    [InlineArray(RateWindow.PeriodCount)]
    private struct Windows
    {
        private long _first;
    }
}
