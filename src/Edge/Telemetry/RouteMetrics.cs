namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// A route's pre-resolved handle into the metrics: made by the snapshot compiler (<see cref="EdgeMetrics.Route"/>), immutable, and
/// part of one snapshot; the series behind it live on over reloads under (service, route). Each call writes only the shard of the
/// calling loop and allocates nothing once a label set has been seen.
/// </summary>
public sealed class RouteMetrics
{
    private const RouteMetricSet Recording = RouteMetricSet.StatusCodes | RouteMetricSet.Bandwidth | RouteMetricSet.Latency;

    private readonly RouteSeries _series;
    private readonly RouteMetricSet _enabled;

    internal RouteMetrics(RouteSeries series, RouteMetricSet enabled)
    {
        _series = series;
        _enabled = enabled;
    }

    /// <summary>Which metrics this route records.</summary>
    public RouteMetricSet Enabled => _enabled;

    /// <summary>Records one settled exchange. Loop thread only.</summary>
    /// <param name="loopId">The calling loop.</param>
    /// <param name="status">Status sent to the client, 100 to 599; anything else counts as 0.</param>
    /// <param name="source">Who made the response.</param>
    /// <param name="consumerIndex">From <see cref="EdgeMetrics.Consumer"/>; 0 is no consumer.</param>
    /// <param name="ingressBytes">Request bytes, head included; 0 is skipped.</param>
    /// <param name="egressBytes">Response bytes, head included; 0 is skipped.</param>
    /// <param name="kongMs">Milliseconds spent in the gateway; negative is skipped.</param>
    /// <param name="upstreamMs">Milliseconds the upstream took; negative (nothing was proxied) is skipped.</param>
    /// <param name="requestMs">Milliseconds from the first request byte to the last response byte; negative is skipped.</param>
    public void Record(
        int loopId,
        int status,
        ResponseSource source,
        int consumerIndex,
        long ingressBytes,
        long egressBytes,
        int kongMs,
        int upstreamMs,
        int requestMs)
    {
        RouteMetricSet enabled = _enabled;
        if ((enabled & Recording) == 0)
        {
            return;
        }

        RouteShard shard = _series.Shard(loopId);
        int consumer = (enabled & RouteMetricSet.PerConsumer) != 0 ? consumerIndex : EdgeMetrics.NoConsumer;
        if ((enabled & RouteMetricSet.StatusCodes) != 0)
        {
            _series.Count(shard, SeriesKey.Request(status, source, consumer), 1);
        }

        if ((enabled & RouteMetricSet.Bandwidth) != 0)
        {
            if (ingressBytes > 0)
            {
                _series.Count(shard, SeriesKey.Bandwidth(egress: false, consumer), ingressBytes);
            }

            if (egressBytes > 0)
            {
                _series.Count(shard, SeriesKey.Bandwidth(egress: true, consumer), egressBytes);
            }
        }

        if ((enabled & RouteMetricSet.Latency) != 0)
        {
            if (kongMs >= 0)
            {
                shard.Observe(RouteShard.KongLatency, LatencyBuckets.Kong, kongMs);
            }

            if (upstreamMs >= 0)
            {
                shard.Observe(RouteShard.UpstreamLatency, LatencyBuckets.Upstream, upstreamMs);
            }

            if (requestMs >= 0)
            {
                shard.Observe(RouteShard.RequestLatency, LatencyBuckets.Upstream, requestMs);
            }
        }
    }
}
