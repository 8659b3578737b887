namespace VoltageSoda.Edge.Protocol.Tests.Fuzz;

/// <summary>SplitMix64: a generator that costs nothing to seed, so that every input can be repeated from its number alone.</summary>
internal struct FuzzRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E37_79B9_7F4A_7C15;
        ulong value = _state;
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }

    public int Below(int limit) => (int)(Next() % (uint)limit);

    public bool OneIn(int number) => Below(number) == 0;

    public T Pick<T>(ReadOnlySpan<T> items) => items[Below(items.Length)];
}
