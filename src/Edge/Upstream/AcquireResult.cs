using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Upstream;

/// <summary>A leased connection, or why there is none.</summary>
internal readonly struct AcquireResult
{
    public AcquireResult(UpstreamConnection connection)
    {
        Connection = connection;
        Failure = AcquireFailure.None;
    }

    public AcquireResult(AcquireFailure failure, ConnectFailure reason = ConnectFailure.None)
    {
        Connection = null;
        Failure = failure;
        Reason = reason;
    }

    public UpstreamConnection? Connection { get; }

    public AcquireFailure Failure { get; }

    /// <summary>What the network said where connecting failed.</summary>
    public ConnectFailure Reason { get; }
}
