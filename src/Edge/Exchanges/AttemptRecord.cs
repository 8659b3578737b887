using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>What is told of one try at one endpoint.</summary>
internal struct AttemptRecord
{
    public UpstreamEndpoint Endpoint;

    /// <summary>Wall clock when the endpoint was chosen.</summary>
    public long UnixMilliseconds;

    /// <summary>Milliseconds that the choice took, the wait for names included.</summary>
    public int Choice;

    /// <summary>Status that stands for its failure; 0 when it did not fail.</summary>
    public int FailureStatus;
}
