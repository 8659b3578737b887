using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>Tells of handshakes with upstreams that failed, at most once a second. Thread-safe.</summary>
internal sealed class UpstreamTlsLog(ILogger log)
{
    // A dead upstream fails with every request: one line a second says it as well as a thousand.
    private const long QuietMilliseconds = 1000;

    private long _saidAt = long.MinValue;

    public void Tell(UpstreamEndpoint endpoint, TlsOutcome outcome, string reason)
    {
        long now = Environment.TickCount64;
        long said = Volatile.Read(ref _saidAt);
        if ((said == long.MinValue || now - said >= QuietMilliseconds) && Interlocked.CompareExchange(ref _saidAt, now, said) == said)
        {
            Log.UpstreamTlsFailed(log, endpoint.Metrics.Name, endpoint.Name, TlsOutcomes.Name(outcome), reason);
        }
    }
}
