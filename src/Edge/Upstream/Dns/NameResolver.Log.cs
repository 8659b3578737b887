using Microsoft.Extensions.Logging;

namespace VoltageSoda.Edge.Upstream.Dns;

public sealed partial class NameResolver
{
    private void Report(string host, NameStatus? before, NameAnswer answer, LookupResult result, bool changed)
    {
        Interlocked.Increment(ref Counters._lookups);
        if (changed)
        {
            Interlocked.Increment(ref Counters._changes);
        }

        if (result == LookupResult.NotFound)
        {
            Interlocked.Increment(ref Counters._notFound);
        }
        else if (result == LookupResult.Failed)
        {
            Interlocked.Increment(ref Counters._failures);
        }

        if (answer.Status != before && answer.Status != NameStatus.Resolved)
        {
            LogUnresolved(host, answer.Status, answer.Addresses.Count, answer.Ttl);
        }
        else if (answer.Status != before && before is not null)
        {
            LogRecovered(host, answer.Addresses.Count);
        }

        LogLookup(host, answer.Status, answer.Addresses.Count, answer.Ttl);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "DNS: looked up {Host}: {Status}, {Count} addresses, again in {Pause}")]
    private partial void LogLookup(string host, NameStatus status, int count, TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Warning, Message = "DNS: name resolution failed for {Host} ({Status}); {Count} earlier addresses stay in use, next try in {Pause}")]
    private partial void LogUnresolved(string host, NameStatus status, int count, TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Information, Message = "DNS: {Host} resolves again, {Count} addresses")]
    private partial void LogRecovered(string host, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "DNS: hosts file or resolv.conf changed, looking every name up again")]
    private partial void LogFilesChanged();

    [LoggerMessage(Level = LogLevel.Error, Message = "DNS: looking {Host} up ended in an unexpected error")]
    private partial void LogLookupError(string host, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "DNS: the user of {Host} failed to take its addresses")]
    private partial void LogCallbackError(string host, Exception error);
}
