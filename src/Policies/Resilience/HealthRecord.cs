namespace VoltageSoda.Edge.Policies.Resilience;

/// <summary>What one report did to an address.</summary>
public enum HealthChange : byte
{
    /// <summary>Its state is what it was.</summary>
    None,

    /// <summary>This report took it out of rotation.</summary>
    BecameUnhealthy,

    /// <summary>This report put it back.</summary>
    BecameHealthy,
}

/// <summary>What was seen of an address.</summary>
public enum HealthSignal : byte
{
    /// <summary>A status that counts as good, or a connection for checks by TCP.</summary>
    Success,

    /// <summary>A status that counts as bad, or an answer that is not HTTP.</summary>
    HttpFailure,

    /// <summary>It refused, reset or closed the connection.</summary>
    TcpFailure,

    /// <summary>It was silent for too long.</summary>
    Timeout,
}

/// <summary>
/// Health of one address: a state and four counters in one word (lua-resty-healthcheck's rules). Starts healthy. Thread-safe and
/// lock-free: a transition is reported to exactly one caller, and a success at a healthy address without failures writes nothing.
/// </summary>
/// <remarks>
/// A success clears the three failure counters, a failure clears the success counter; failures of different kinds do not clear each other.
/// A kind whose limit is 0 is not counted, and still clears what speaks against it. When a counter reaches its limit the state changes and
/// the counters start again. What agrees with the state is not counted.
/// </remarks>
public sealed class HealthRecord
{
    private const ulong SuccessMask = 0xFF;
    private const ulong FailureMask = 0xFFFF_FF00;
    private const ulong Unhealthy = 1UL << 32;

    private ulong _word;

    /// <summary>Whether the address may be picked.</summary>
    public bool IsHealthy => (Volatile.Read(ref _word) & Unhealthy) == 0;

    /// <summary>Failures or successes of a kind since they were last cleared, for status and tests.</summary>
    public int Count(HealthSignal signal) => (int)((Volatile.Read(ref _word) >> Shift(signal)) & 0xFF);

    /// <summary>
    /// Counts a signal. <paramref name="limit"/> is how many of its kind change the state (0..255, 0 never);
    /// <paramref name="heals"/> says whether successes may end being unhealthy.
    /// </summary>
    public HealthChange Report(HealthSignal signal, int limit, bool heals)
    {
        while (true)
        {
            ulong seen = Volatile.Read(ref _word);
            ulong next = Next(seen, signal, limit, heals, out HealthChange change);
            if (next == seen || Interlocked.CompareExchange(ref _word, next, seen) == seen)
            {
                return change;
            }
        }
    }

    /// <summary>Sets the state by hand and clears the counters.</summary>
    public HealthChange Set(bool healthy)
    {
        ulong next = healthy ? 0 : Unhealthy;
        ulong seen = Interlocked.Exchange(ref _word, next);
        return (seen & Unhealthy) == next ? HealthChange.None : healthy ? HealthChange.BecameHealthy : HealthChange.BecameUnhealthy;
    }

    private static ulong Next(ulong seen, HealthSignal signal, int limit, bool heals, out HealthChange change)
    {
        bool unhealthy = (seen & Unhealthy) != 0;
        bool good = signal == HealthSignal.Success;
        ulong next = seen & ~(good ? FailureMask : SuccessMask);
        change = HealthChange.None;
        if (limit == 0 || good != unhealthy || (good && !heals))
        {
            return next;
        }

        int shift = Shift(signal);
        ulong count = ((next >> shift) & 0xFF) + 1;
        if (count >= (ulong)limit)
        {
            change = good ? HealthChange.BecameHealthy : HealthChange.BecameUnhealthy;
            return good ? 0 : Unhealthy;
        }

        return (next & ~(0xFFUL << shift)) | (count << shift);
    }

    private static int Shift(HealthSignal signal) => (int)signal * 8;
}
