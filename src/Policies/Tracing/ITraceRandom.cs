namespace VoltageSoda.Edge.Policies.Tracing;

/// <summary>Randomness for ids and sampling. Need not be secret, must be well spread.</summary>
public interface ITraceRandom
{
    /// <summary>The next 64 random bits.</summary>
    ulong Next();
}
