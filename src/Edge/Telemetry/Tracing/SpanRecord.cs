using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Tracing;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>
/// What a sampled exchange tells about itself, in fixed room: times, ids, and bounded copies of what the peer sent. Written on the
/// exchange's loop, read by the pump after it was published, pooled by its loop. Times are microseconds of <see cref="SpanClock"/>, 0 when
/// something did not happen.
/// </summary>
internal sealed class SpanRecord
{
    /// <summary>Tries beyond it are counted and not told.</summary>
    public const int MaxTries = 16;

    /// <summary>Values of header tags that one record can hold.</summary>
    public const int MaxHeaderTags = 8;

    // Method, path, host, tags and header tags together; each is cut at a bound of its own first.
    private const int TextRoom = 2048;
    private const int MaxMethod = 64;
    private const int MaxPath = 1024;
    private const int MaxHost = 255;
    private const int MaxTag = 256;
    private const int MaxUpstreamPath = 512;

    private readonly byte[] _text = new byte[TextRoom];
    private readonly TextSlot[] _headerTags = new TextSlot[MaxHeaderTags];
    private Tries _tries;
    private int _textLength;
    private TextSlot _method;
    private TextSlot _path;
    private TextSlot _host;
    private TextSlot _tags;
    private TextSlot _upstreamPath;

    public TraceTarget Target { get; set; } = null!;

    public TraceIdentity Identity { get; set; }

    /// <summary>Added to a time, gives microseconds since 1970.</summary>
    public long UnixOffset { get; set; }

    public long Started { get; set; }

    public long RewriteStarted { get; set; }

    public long RewriteEnded { get; set; }

    /// <summary>0 for a request without a route: nothing was admitted.</summary>
    public long AccessStarted { get; set; }

    public long AccessEnded { get; private set; }

    public long HeaderStarted { get; private set; }

    /// <summary>The response head is written: the body begins.</summary>
    public long HeaderEnded { get; private set; }

    public long Ended { get; set; }

    public ClientAddress Client { get; set; }

    public int ClientPort { get; set; }

    public int Status { get; set; }

    /// <summary>10 or 11.</summary>
    public int HttpVersion { get; set; }

    public bool IsTls { get; set; }

    /// <summary>Null without a consumer and credential.</summary>
    public Identity? Caller { get; set; }

    public ReadOnlyMemory<byte> RouteId { get; set; }

    public ReadOnlyMemory<byte> RouteName { get; set; }

    public ReadOnlyMemory<byte> ServiceId { get; set; }

    public ReadOnlyMemory<byte> ServiceName { get; set; }

    /// <summary>Host name of the endpoint that was tried last.</summary>
    public ReadOnlyMemory<byte> PeerHost { get; set; }

    /// <summary>Port of the service, until an endpoint is chosen; 0 without service.</summary>
    public int ServicePort { get; set; }

    /// <summary>Whether endpoints are spoken to by TLS.</summary>
    public bool UpstreamIsTls { get; set; }

    /// <summary>Whether the answer is the upstream's.</summary>
    public bool FromUpstream { get; set; }

    /// <summary>Tries begun, told or not.</summary>
    public int TryCount { get; private set; }

    public int ToldTries => Math.Min(TryCount, MaxTries);

    public ReadOnlySpan<byte> Method => Text(_method);

    public ReadOnlySpan<byte> Path => Text(_path);

    public ReadOnlySpan<byte> Host => Text(_host);

    /// <summary>Lines of the tags field, joined by semicolons.</summary>
    public ReadOnlySpan<byte> Tags => Text(_tags);

    /// <summary>Path that went up, without its query.</summary>
    public ReadOnlySpan<byte> UpstreamPath => Text(_upstreamPath);

    public ReadOnlySpan<byte> HeaderTag(int index) => Text(_headerTags[index]);

    public ref readonly SpanTry Try(int index) => ref _tries[index];

    public void SetRequest(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, ReadOnlySpan<byte> host)
    {
        _method = Copy(method, MaxMethod);
        _path = Copy(path, MaxPath);
        _host = Copy(host, MaxHost);
    }

    public void SetHeaderTag(int index, ReadOnlySpan<byte> value) => _headerTags[index] = Copy(value, MaxTag);

    public void SetUpstreamPath(ReadOnlySpan<byte> target)
    {
        int query = target.IndexOf((byte)'?');
        _upstreamPath = Copy(query < 0 ? target : target[..query], MaxUpstreamPath);
    }

    /// <summary>Adds a line of the tags field: as much of it as there is room.</summary>
    public void AddTags(ReadOnlySpan<byte> line)
    {
        if (_tags.Length == 0)
        {
            _tags = Copy(line, TextRoom);
            return;
        }

        // Lines follow each other at the end of the room.
        TextSlot separator = Copy(";"u8, 1);
        TextSlot added = Copy(line, TextRoom);
        _tags = new TextSlot(_tags.Start, _tags.Length + separator.Length + added.Length);
    }

    /// <summary>The request goes up, or is answered: admission is over.</summary>
    public void EndAccess()
    {
        if (AccessEnded == 0)
        {
            AccessEnded = SpanClock.Now;
        }
    }

    /// <summary>The answer is made.</summary>
    public void BeginHeader()
    {
        EndAccess();
        if (HeaderStarted == 0)
        {
            HeaderStarted = SpanClock.Now;
        }
    }

    public void EndHeader() => HeaderEnded = SpanClock.Now;

    public void BeginTry(ulong spanId, ClientAddress address, int port)
    {
        if (TryCount++ >= MaxTries)
        {
            return;
        }

        _tries[TryCount - 1] = new SpanTry { SpanId = spanId, Started = SpanClock.Now, Address = address, Port = port };
    }

    /// <summary>Ends the try that goes on, if one does.</summary>
    public void EndTry(int failedStatus)
    {
        if (TryCount is > 0 and <= MaxTries && _tries[TryCount - 1].Ended == 0)
        {
            _tries[TryCount - 1].Ended = SpanClock.Now;
            _tries[TryCount - 1].FailedStatus = failedStatus;
        }
    }

    public void Reset()
    {
        Target = null!;
        Caller = null;
        RouteId = default;
        RouteName = default;
        ServiceId = default;
        ServiceName = default;
        PeerHost = default;
        ServicePort = 0;
        AccessStarted = 0;
        AccessEnded = 0;
        HeaderStarted = 0;
        HeaderEnded = 0;
        Ended = 0;
        Status = 0;
        TryCount = 0;
        _textLength = 0;
        _tags = default;
        _upstreamPath = default;
        UpstreamIsTls = false;
        FromUpstream = false;
        Array.Clear(_headerTags);
    }

    private TextSlot Copy(ReadOnlySpan<byte> value, int max)
    {
        int length = Math.Min(Math.Min(value.Length, max), TextRoom - _textLength);
        value[..length].CopyTo(_text.AsSpan(_textLength));
        TextSlot slot = new(_textLength, length);
        _textLength += length;
        return slot;
    }

    private ReadOnlySpan<byte> Text(TextSlot slot) => _text.AsSpan(slot.Start, slot.Length);

    private readonly record struct TextSlot(int Start, int Length);

    [InlineArray(MaxTries)]
    private struct Tries
    {
        private SpanTry _first;
    }
}
