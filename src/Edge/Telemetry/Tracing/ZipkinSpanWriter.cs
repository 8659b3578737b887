using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Tracing;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>
/// Writes the spans of a record as objects of Zipkin's v2 JSON, with the names, tags and annotations of Kong
/// (<c>kong/plugins/zipkin/handler.lua</c>, <c>reporter.lua</c>): tries first, then the proxy span, then the request span. One thread at a
/// time; keeps its buffers.
/// </summary>
internal sealed class ZipkinSpanWriter(string nodeId) : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly Utf8JsonWriter _json = new(Stream.Null, Options);
    private readonly SpanTags _tags = new();
    private SpanRecord _record = null!;
    private string _name = "";

    /// <summary>Writes every span of the record, each into a buffer of its own.</summary>
    /// <param name="record">Borrowed.</param>
    /// <param name="next">Gives the buffer of the next span.</param>
    /// <param name="done">Called when the span in a buffer is complete.</param>
    public void Write<TBuffer>(SpanRecord record, Func<TBuffer> next, Action<TBuffer> done)
        where TBuffer : IBufferWriter<byte>
    {
        _record = record;
        _name = SpanNames.Request(record);
        for (int i = 0; i < record.ToldTries; i++)
        {
            TBuffer entry = next();
            Try(entry, in record.Try(i), i + 1);
            done(entry);
        }

        TBuffer proxy = next();
        Proxy(proxy);
        done(proxy);
        TBuffer request = next();
        Request(request);
        done(request);
        _record = null!;
    }

    public void Dispose() => _json.Dispose();

    private void Try(IBufferWriter<byte> buffer, in SpanTry attempt, int number)
    {
        Open(buffer, attempt.SpanId, _record.Identity.RequestSpanId, SpanNames.Try(_name, number), "CLIENT");
        Times(attempt.Started, attempt.Ended == 0 ? _record.Ended : attempt.Ended);
        Remote(_record.ServiceName.Span, attempt.Address, attempt.Port);
        SpanTags.OfTry(_tags, _record, in attempt, number);
        Close();
    }

    private void Proxy(IBufferWriter<byte> buffer)
    {
        SpanRecord record = _record;
        long started = SpanTimes.ProxyStart(record);
        Open(buffer, record.Identity.ProxySpanId, record.Identity.RequestSpanId, SpanNames.Proxy(_name), "CLIENT");
        Times(started, record.Ended);
        if (record.ToldTries > 0)
        {
            ref readonly SpanTry last = ref record.Try(record.ToldTries - 1);
            Remote(record.ServiceName.Span, last.Address, last.Port);
        }
        else
        {
            Remote(record.ServiceName.Span, default, record.ServicePort);
        }

        if (!record.Target.TagsPhases)
        {
            _json.WriteStartArray("annotations"u8);
            Annotation("kas", started);
            Annotation("kaf", record.AccessStarted == 0 ? started : record.AccessEnded != 0 ? record.AccessEnded : record.Ended);
            Annotation("khs", record.HeaderStarted);
            Annotation("khf", record.HeaderEnded != 0 ? record.HeaderEnded : record.Ended);
            Annotation("kbs", record.HeaderEnded);
            Annotation("kbf", record.Ended);
            _json.WriteEndArray();
        }

        SpanTags.OfProxy(_tags, record);
        Close();
    }

    private void Request(IBufferWriter<byte> buffer)
    {
        SpanRecord record = _record;
        Open(buffer, record.Identity.RequestSpanId, record.Identity.RequestParentId, _name, "SERVER");
        Times(record.Started, record.Ended);
        Remote(default, record.Client, record.ClientPort);
        if (!record.Target.TagsPhases)
        {
            _json.WriteStartArray("annotations"u8);
            Annotation("krs", record.RewriteStarted);
            Annotation("krf", record.RewriteEnded);
            _json.WriteEndArray();
        }

        SpanTags.OfRequest(_tags, record, nodeId);
        Close();
    }

    private void Open(IBufferWriter<byte> buffer, ulong id, ulong parent, string name, string kind)
    {
        Span<byte> hex = stackalloc byte[TraceId.MaxHexLength];
        _tags.Clear();
        _json.Reset(buffer);
        _json.WriteStartObject();
        _json.WriteString("traceId"u8, hex[.._record.Identity.TraceId.WriteHex(hex)]);
        _json.WriteString("name"u8, name);
        if (parent != 0)
        {
            _json.WriteString("parentId"u8, parent.ToString("x16", CultureInfo.InvariantCulture));
        }

        _json.WriteString("id"u8, id.ToString("x16", CultureInfo.InvariantCulture));
        _json.WriteString("kind"u8, kind);
    }

    private void Times(long started, long ended)
    {
        _json.WriteNumber("timestamp"u8, started + _record.UnixOffset);
        _json.WriteNumber("duration"u8, Math.Max(0, ended - started));
        _json.WriteStartObject("localEndpoint"u8);
        _json.WriteString("serviceName"u8, _record.Target.LocalServiceName);
        _json.WriteEndObject();
    }

    private void Remote(ReadOnlySpan<byte> service, ClientAddress address, int port)
    {
        string? name = service.IsEmpty ? _record.Target.DefaultServiceName : Encoding.UTF8.GetString(service);
        if (name is null && port == 0 && !address.HasValue)
        {
            _json.WriteNull("remoteEndpoint"u8);
            return;
        }

        _json.WriteStartObject("remoteEndpoint"u8);
        if (name is not null)
        {
            _json.WriteString("serviceName"u8, name);
        }

        if (address.HasValue)
        {
            _json.WriteString(address.IsIPv4 ? "ipv4"u8 : "ipv6"u8, address.ToString());
        }

        if (port != 0)
        {
            _json.WriteNumber("port"u8, port);
        }

        _json.WriteEndObject();
    }

    private void Annotation(string value, long time)
    {
        if (time == 0)
        {
            return;
        }

        _json.WriteStartObject();
        _json.WriteNumber("timestamp"u8, time + _record.UnixOffset);
        _json.WriteString("value"u8, value);
        _json.WriteEndObject();
    }

    // Zipkin takes no empty tag; a span without any has no member for them.
    private void Close()
    {
        if (_tags.Any)
        {
            _json.WriteStartObject("tags"u8);
            foreach ((string name, string value) in _tags.Written)
            {
                _json.WriteString(name, value);
            }

            _json.WriteEndObject();
        }

        _json.WriteEndObject();
        _json.Flush();
    }
}
