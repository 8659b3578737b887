using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Policies.Tracing;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>
/// Tags of one span: set again, a name keeps its place and takes the new value; empty values count as none. One thread at a time, reused.
/// </summary>
internal sealed class SpanTags
{
    private readonly List<KeyValuePair<string, string>> _tags = [];

    public bool Any => _tags.Exists(static tag => tag.Value.Length != 0);

    public IEnumerable<KeyValuePair<string, string>> Written => _tags.Where(static tag => tag.Value.Length != 0);

    public void Clear() => _tags.Clear();

    public void Set(string name, string value)
    {
        for (int i = 0; i < _tags.Count; i++)
        {
            if (_tags[i].Key == name)
            {
                _tags[i] = new(name, value);
                return;
            }
        }

        _tags.Add(new(name, value));
    }

    public void Set(string name, ReadOnlySpan<byte> value) => Set(name, Encoding.UTF8.GetString(value));

    public void Set(string name, long value) => Set(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Kong's order: facts of the request, then what configuration and client add, which may replace them, then the outcome.</summary>
    public static void OfRequest(SpanTags tags, SpanRecord record, string nodeId)
    {
        tags.Set("lc", "kong");
        tags.Set("http.method", record.Method);
        tags.Set("http.host", Encoding.UTF8.GetString(record.Host).ToLowerInvariant());
        tags.Set("http.path", record.Path);

        // Kong prints a number of Lua.
        tags.Set("http.protocol", record.HttpVersion == 10 ? "HTTP/1" : "HTTP/1.1");
        foreach ((string name, string value) in record.Target.StaticTags)
        {
            tags.Set(name, value);
        }

        for (int i = 0; i < record.Target.HeaderTags.Count; i++)
        {
            tags.Set(record.Target.HeaderTags[i], record.HeaderTag(i));
        }

        RequestTagReader reader = new(record.Tags);
        while (reader.TryRead(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            tags.Set(Encoding.UTF8.GetString(name), value);
        }

        if (record.Target.TagsPhases)
        {
            tags.Set("kong.rewrite.duration_ms", SpanTimes.Milliseconds(record.RewriteStarted, record.RewriteEnded));
        }

        tags.Set("http.status_code", record.Status);
        if (record.Caller?.Consumer is { } consumer)
        {
            tags.Set("kong.consumer", consumer.Id);
        }

        if (record.Target.TellsCredential && record.Caller?.CredentialId is { } credential)
        {
            tags.Set("kong.credential", credential);
        }

        tags.Set("kong.node.id", nodeId);
    }

    public static void OfProxy(SpanTags tags, SpanRecord record)
    {
        if (record.Target.TagsPhases)
        {
            if (record.AccessStarted != 0 && record.AccessEnded != 0)
            {
                tags.Set("kong.access.duration_ms", SpanTimes.Milliseconds(record.AccessStarted, record.AccessEnded));
            }

            if (record.HeaderStarted != 0 && record.HeaderEnded != 0)
            {
                tags.Set("kong.header_filter.duration_ms", SpanTimes.Milliseconds(record.HeaderStarted, record.HeaderEnded));
                tags.Set("kong.body_filter.duration_ms", SpanTimes.Milliseconds(record.HeaderEnded, record.Ended));
            }
        }

        tags.Set("peer.hostname", record.PeerHost.Span);
        Route(tags, record);
    }

    /// <param name="tags">To fill.</param>
    /// <param name="record">Its exchange.</param>
    /// <param name="attempt">The try.</param>
    /// <param name="number">From 1.</param>
    public static void OfTry(SpanTags tags, SpanRecord record, in SpanTry attempt, int number)
    {
        tags.Set("kong.balancer.try", number);
        if (attempt.FailedStatus != 0)
        {
            tags.Set("error", "true");
            tags.Set("kong.balancer.state", "failed");
            tags.Set("http.status_code", attempt.FailedStatus);
        }

        Route(tags, record);
    }

    private static void Route(SpanTags tags, SpanRecord record)
    {
        tags.Set("kong.service", record.ServiceId.Span);
        tags.Set("kong.service_name", record.ServiceName.Span);
        tags.Set("kong.route", record.RouteId.Span);
        tags.Set("kong.route_name", record.RouteName.Span);
    }
}
