namespace VoltageSoda.Edge.Upstream;

/// <summary>A leased connection, or why there is none.</summary>
internal readonly struct AcquireResult
{
    public AcquireResult(UpstreamConnection connection)
    {
        Connection = connection;
        Failure = AcquireFailure.None;
    }

    public AcquireResult(AcquireFailure failure)
    {
        Connection = null;
        Failure = failure;
    }

    public UpstreamConnection? Connection { get; }

    public AcquireFailure Failure { get; }
}
