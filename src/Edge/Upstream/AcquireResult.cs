using VoltageSoda.Edge.Exchanges;

namespace VoltageSoda.Edge.Upstream;

/// <summary>A leased connection, or why there is none.</summary>
internal readonly struct AcquireResult
{
    public AcquireResult(UpstreamConnection connection)
    {
        Connection = connection;
        Failure = Failure.None;
    }

    public AcquireResult(Failure failure)
    {
        Connection = null;
        Failure = failure;
    }

    public UpstreamConnection? Connection { get; }

    public Failure Failure { get; }
}
