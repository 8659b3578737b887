namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>What a report told a <see cref="HalfOpenBreaker"/>.</summary>
public enum ProbeVerdict : byte
{
    /// <summary>Nothing is decided.</summary>
    None,

    /// <summary>Every probe succeeded: this report closed the breaker.</summary>
    Passed,

    /// <summary>A probe failed: this report ended the trial.</summary>
    Failed,
}

/// <summary>
/// Decides about an endpoint that returns from an ejection: it lets a fixed number of requests through and no more until all of them have
/// succeeded; the first that fails ends the trial. Thread-safe and lock-free, one word; while it is closed it costs one read.
/// </summary>
/// <remarks>
/// A trial has a number, which is the ticket of its requests, so that an answer to a request from before the ejection decides nothing.
/// A request that ends without saying anything gives its place back.
/// </remarks>
public sealed class HalfOpenBreaker
{
    /// <summary>Most probes of a trial.</summary>
    public const int MaxProbes = 0xFFFF;

    // Trial number in the upper half; then places left and successes missing, both 0 while it is closed.
    private ulong _word;

    /// <summary>Whether a trial is under way.</summary>
    public bool IsTrying => (uint)Volatile.Read(ref _word) != 0;

    /// <summary>Requests the trial still lets through.</summary>
    public int PlacesLeft => (int)((uint)Volatile.Read(ref _word) >> 16);

    /// <summary>Begins a trial, in place of one that may be under way.</summary>
    public void Begin(int probes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(probes is >= 1 and <= MaxProbes, true);
        while (true)
        {
            ulong seen = Volatile.Read(ref _word);
            ulong next = NextTrial(seen) | ((ulong)probes << 16) | (uint)probes;
            if (Interlocked.CompareExchange(ref _word, next, seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>Ends a trial without a verdict and lets everything through.</summary>
    public void Close()
    {
        ulong seen = Volatile.Read(ref _word);
        while ((uint)seen != 0)
        {
            ulong found = Interlocked.CompareExchange(ref _word, NextTrial(seen), seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>
    /// Whether a request may go. Its report carries <paramref name="ticket"/>, 0 when no trial is under way.
    /// </summary>
    public bool TryEnter(out uint ticket)
    {
        while (true)
        {
            ulong seen = Volatile.Read(ref _word);
            if ((uint)seen == 0)
            {
                ticket = 0;
                return true;
            }

            ticket = (uint)(seen >> 32);
            if ((uint)seen >> 16 == 0)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _word, seen - (1 << 16), seen) == seen)
            {
                return true;
            }
        }
    }

    /// <summary>A request of the trial succeeded or failed.</summary>
    public ProbeVerdict Report(uint ticket, bool success)
    {
        while (IsOf(ticket, out ulong seen))
        {
            bool decides = !success || (seen & 0xFFFF) == 1;
            if (Interlocked.CompareExchange(ref _word, decides ? NextTrial(seen) : seen - 1, seen) == seen)
            {
                return !decides ? ProbeVerdict.None : success ? ProbeVerdict.Passed : ProbeVerdict.Failed;
            }
        }

        return ProbeVerdict.None;
    }

    /// <summary>A request of the trial ended without saying anything: another one may go in its place.</summary>
    public void Abandon(uint ticket)
    {
        while (IsOf(ticket, out ulong seen))
        {
            if (Interlocked.CompareExchange(ref _word, seen + (1 << 16), seen) == seen)
            {
                return;
            }
        }
    }

    // Number 0 is left out: it is the ticket of a request outside of any trial.
    private static ulong NextTrial(ulong seen)
    {
        uint number = (uint)(seen >> 32) + 1;
        return (ulong)(number == 0 ? 1 : number) << 32;
    }

    private bool IsOf(uint ticket, out ulong seen)
    {
        seen = Volatile.Read(ref _word);
        return ticket != 0 && (uint)seen != 0 && (uint)(seen >> 32) == ticket;
    }
}
