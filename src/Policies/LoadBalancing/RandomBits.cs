namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>Draws made of random bits that the caller supplies. Stateless.</summary>
internal static class RandomBits
{
    /// <summary>A number below a limit, from 32 bits, without division; the bias is below limit / 2^32.</summary>
    public static int Below(uint bits, int limit) => (int)(((ulong)bits * (uint)limit) >> 32);

    /// <summary>Other bits out of these (splitmix64), for a further draw within the same pick.</summary>
    public static ulong Next(ulong bits)
    {
        ulong mixed = bits + 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
