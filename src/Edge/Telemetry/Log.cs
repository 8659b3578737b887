using Microsoft.Extensions.Logging;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Every diagnostic message of the process, grouped by area; event ids are stable and each area has its hundred (1xx hosting,
/// 2xx listeners, 3xx exchanges, 4xx upstreams, 5xx configuration, 6xx admin, 7xx telemetry, 8xx transport). Values that come from a peer are escaped
/// by the log itself.
/// </summary>
public static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "voltage-edge {version} starting: transport {transport}, {loops} loops")]
    public static partial void Starting(ILogger logger, string version, string transport, int loops);

    [LoggerMessage(101, LogLevel.Information, "ready after {milliseconds} ms")]
    public static partial void Ready(ILogger logger, long milliseconds);

    [LoggerMessage(102, LogLevel.Information, "draining: {reason}")]
    public static partial void Draining(ILogger logger, string reason);

    [LoggerMessage(103, LogLevel.Information, "stopped: {cut} exchanges were cut")]
    public static partial void Stopped(ILogger logger, long cut);

    [LoggerMessage(200, LogLevel.Information, "listening on {address}")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(201, LogLevel.Error, "cannot listen on {address}: {reason}")]
    public static partial void ListenFailed(ILogger logger, string address, string reason);

    [LoggerMessage(210, LogLevel.Error, "{property}: {reason}; the certificate in use stays")]
    public static partial void CertificateKept(ILogger logger, string property, string reason);

    [LoggerMessage(211, LogLevel.Information, "the certificate of {listener} was replaced; the new one expires at {notAfter}")]
    public static partial void CertificateReplaced(ILogger logger, string listener, DateTimeOffset notAfter);

    [LoggerMessage(212, LogLevel.Warning, "the new certificate of {listener}: {problem}")]
    public static partial void CertificateDoubtful(ILogger logger, string listener, string problem);

    [LoggerMessage(300, LogLevel.Error, "exchange {requestId} ended by an unexpected exception")]
    public static partial void ExchangeCrashed(ILogger logger, Exception exception, string requestId);

    [LoggerMessage(301, LogLevel.Error, "connection {connectionId} ended by an unexpected exception")]
    public static partial void ConnectionCrashed(ILogger logger, Exception exception, string connectionId);

    [LoggerMessage(400, LogLevel.Warning, "upstream {upstream}: {address} is unhealthy ({cause} check)")]
    public static partial void EndpointUnhealthy(ILogger logger, string upstream, string address, string cause);

    [LoggerMessage(401, LogLevel.Warning, "upstream {upstream}: {address} is healthy again ({cause} check)")]
    public static partial void EndpointHealthy(ILogger logger, string upstream, string address, string cause);

    [LoggerMessage(402, LogLevel.Debug, "upstream {upstream}: probe of {address}: {result}, status {status}")]
    public static partial void Probed(ILogger logger, string upstream, string address, ProbeResult result, int status);

    [LoggerMessage(403, LogLevel.Error, "upstream {upstream}: probe of {address} failed unexpectedly")]
    public static partial void ProbeCrashed(ILogger logger, Exception exception, string upstream, string address);

    [LoggerMessage(404, LogLevel.Warning, "cluster {cluster}: {address} is ejected ({cause}), ejection {ejections}")]
    public static partial void EndpointEjected(ILogger logger, string cluster, string address, string cause, int ejections);

    [LoggerMessage(405, LogLevel.Warning, "cluster {cluster}: {address} is back after ejection {ejections}")]
    public static partial void EndpointReturned(ILogger logger, string cluster, string address, int ejections);

    [LoggerMessage(406, LogLevel.Information, "cluster {cluster}: {address} is an outlier ({cause}) and stays, as its enforcing percentage says")]
    public static partial void EjectionNotEnforced(ILogger logger, string cluster, string address, string cause);

    [LoggerMessage(407, LogLevel.Warning, "cluster {cluster}: {address} is an outlier ({cause}) and stays, because {ejected} of {endpoints} are out and maxEjectionPercent allows no more")]
    public static partial void EjectionOverflow(ILogger logger, string cluster, string address, string cause, int ejected, int endpoints);

    [LoggerMessage(410, LogLevel.Warning, "TLS to {cluster} at {address} failed ({result}): {reason}")]
    public static partial void UpstreamTlsFailed(ILogger logger, string cluster, string address, string result, string reason);

    [LoggerMessage(500, LogLevel.Information, "configuration {hash} published")]
    public static partial void ConfigurationPublished(ILogger logger, string hash);

    [LoggerMessage(501, LogLevel.Error, "configuration refused, the running one stays: {errors} errors")]
    public static partial void ConfigurationRefused(ILogger logger, int errors);

    [LoggerMessage(503, LogLevel.Error, "reload failed, the configuration in force stays")]
    public static partial void ReloadFailed(ILogger logger, Exception exception);

    [LoggerMessage(600, LogLevel.Information, "{surface} listening on {address}")]
    public static partial void AdminListening(ILogger logger, string surface, string address);

    [LoggerMessage(601, LogLevel.Error, "{surface} request failed")]
    public static partial void AdminRequestFailed(ILogger logger, Exception exception, string surface);

    [LoggerMessage(603, LogLevel.Debug, "TLS handshake failed ({result}): {reason}")]
    public static partial void AdminHandshakeFailed(ILogger logger, string result, string reason);

    [LoggerMessage(602, LogLevel.Debug, "not ready: {reason}")]
    public static partial void NotReady(ILogger logger, string reason);

    [LoggerMessage(610, LogLevel.Error, "gateway listener {listener} is not bound: {reason}")]
    public static partial void GatewayNotBound(ILogger logger, string listener, string reason);

    [LoggerMessage(611, LogLevel.Information, "gateway listener {listener} accepts no more: the configuration no longer has it")]
    public static partial void GatewayUnbound(ILogger logger, string listener);

    [LoggerMessage(612, LogLevel.Error, "gateway certificate {name} cannot be used, handshakes fail: {reason}")]
    public static partial void GatewayCertificateMissing(ILogger logger, string name, string reason);

    [LoggerMessage(613, LogLevel.Warning, "{place}: accessLogFormat has the unknown operator {operator}, which is written as -")]
    public static partial void LogOperatorUnknown(ILogger logger, string place, string @operator);

    [LoggerMessage(700, LogLevel.Error, "log file stays as it is: {reason}")]
    public static partial void ReopenFailed(ILogger logger, string reason);

    [LoggerMessage(720, LogLevel.Error, "spans could not be exported; further failures are only counted")]
    public static partial void SpanExportFailed(ILogger logger, Exception exception);

    [LoggerMessage(721, LogLevel.Warning, "spans for {exporter} find their queue full and are dropped; further ones are only counted")]
    public static partial void SpansDropped(ILogger logger, string exporter);

    [LoggerMessage(722, LogLevel.Error, "{spans} spans for {exporter} were given up")]
    public static partial void SpansLost(ILogger logger, string exporter, int spans);

    [LoggerMessage(723, LogLevel.Warning, "{items} items of clients' span tags were no tag and left out so far")]
    public static partial void SpanTagsRejected(ILogger logger, long items);

    [LoggerMessage(104, LogLevel.Warning, "memory pressure is now {pressure}: {resident} of {limit} bytes")]
    public static partial void MemoryPressureChanged(ILogger logger, string pressure, long resident, long limit);

    [LoggerMessage(EventId = 502, Message = "{finding}")]
    public static partial void ConfigurationFinding(ILogger logger, LogLevel level, string finding);

    [LoggerMessage(504, LogLevel.Error, "the sources hold no document to serve, the running configuration stays")]
    public static partial void ConfigurationEmpty(ILogger logger);

    [LoggerMessage(710, LogLevel.Warning, "queue {queue}: could not send a batch: {reason}")]
    public static partial void QueueAttemptFailed(ILogger logger, string queue, string reason);

    [LoggerMessage(711, LogLevel.Error, "queue {queue}: gave up after {retries} retries, {entries} entries are lost: {reason}")]
    public static partial void QueueGaveUp(ILogger logger, string queue, int retries, int entries, string reason);

    [LoggerMessage(712, LogLevel.Error, "queue {queue}: full, {entries} of the oldest entries were dropped")]
    public static partial void QueueFull(ILogger logger, string queue, long entries);

    [LoggerMessage(713, LogLevel.Information, "queue {queue}: sending again")]
    public static partial void QueueResumed(ILogger logger, string queue);
}
