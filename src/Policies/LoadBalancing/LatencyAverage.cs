namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>
/// A moving average of latencies that forgets with time: after ten seconds without reports an old value weighs 1/e
/// (<c>kong/runloop/balancer/latency.lua</c>, after Finagle's PeakEwma). Value and time are one word. Thread-safe, lock-free.
/// </summary>
internal struct LatencyAverage
{
    private const float DecayMilliseconds = 10_000;

    // Low half: the average in milliseconds as a float. High half: when it was last touched, milliseconds modulo 2^32, never 0.
    private ulong _word;

    /// <summary>Whether anything was ever reported or seeded.</summary>
    public readonly bool IsKnown => Word != 0;

    /// <summary>The average as of its last report.</summary>
    public readonly float Value => BitConverter.UInt32BitsToSingle((uint)Word);

    private readonly ulong Word => Volatile.Read(in _word);

    /// <summary>The average decayed to now: what has not been used for long looks fast again and gets a try.</summary>
    public readonly float ScoreAt(long now)
    {
        ulong word = Word;
        return BitConverter.UInt32BitsToSingle((uint)word) * Weight(word, now);
    }

    public void Observe(float milliseconds, long now)
    {
        while (true)
        {
            ulong seen = Word;
            float weight = seen == 0 ? 0 : Weight(seen, now);
            float average = (BitConverter.UInt32BitsToSingle((uint)seen) * weight) + (milliseconds * (1 - weight));
            if (Interlocked.CompareExchange(ref _word, Pack(average, now), seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>Gives a value to an endpoint that has none yet.</summary>
    public void Seed(float milliseconds, long now) => Interlocked.CompareExchange(ref _word, Pack(milliseconds, now), 0);

    private static float Weight(ulong word, long now)
    {
        int elapsed = (int)((uint)now - (uint)(word >> 32));
        return elapsed <= 0 ? 1 : MathF.Exp(-elapsed / DecayMilliseconds);
    }

    private static ulong Pack(float average, long now)
    {
        uint at = (uint)now;
        return ((ulong)(at == 0 ? 1 : at) << 32) | BitConverter.SingleToUInt32Bits(average);
    }
}
