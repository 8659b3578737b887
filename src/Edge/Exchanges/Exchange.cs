using System.Buffers;
using System.IO.Pipelines;
using VoltageSoda.Edge.Exchanges.Mesh;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.RateLimiting;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Tracing;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Relay;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Telemetry.Tracing;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// One request with its answer. Rented from its worker when a head begins to arrive, returned after Settle; loop-thread only. The head
/// blocks, body ends, timers and scratch memory are kept between uses, so a steady exchange allocates nothing.
/// </summary>
internal sealed partial class Exchange : IWaitOwner
{
    private byte[] _scratch = new byte[1024];
    private byte[] _target = new byte[512];
    private int _pathStart;
    private int _pathLength;
    private bool _pathIsRaw;
    private MeshState? _mesh;

    public Exchange(EdgeWorker worker)
    {
        Worker = worker;
        ClientRead = new WaitTimer(this, worker.Loop, WaitKind.ClientRead);
        ClientWrite = new WaitTimer(this, worker.Loop, WaitKind.ClientWrite);
        UpstreamRead = new WaitTimer(this, worker.Loop, WaitKind.UpstreamRead);
        UpstreamWrite = new WaitTimer(this, worker.Loop, WaitKind.UpstreamWrite);
    }

    public EdgeWorker Worker { get; }

    /// <summary>What a Gateway listener's exchange holds besides; null on a Kong listener.</summary>
    public MeshState? Mesh { get; private set; }

    public RequestHead Request { get; } = new();

    public ResponseHead Response { get; } = new();

    public Attempt Attempt { get; } = new();

    /// <summary>Request bytes as they come from the client.</summary>
    public Http1BodySource RequestBody { get; } = new();

    /// <summary>Response bytes as they go to the client.</summary>
    public Http1BodySink ResponseBody { get; } = new();

    public ReplayBuffer Replay { get; } = new();

    public WaitTimer ClientRead { get; }

    public WaitTimer ClientWrite { get; }

    public WaitTimer UpstreamRead { get; }

    public WaitTimer UpstreamWrite { get; }

    /// <summary>The client's side.</summary>
    public IDownstream Downstream { get; set; } = null!;

    public PipeWriter Output { get; set; } = null!;

    public EdgeSnapshot Snapshot { get; set; } = null!;

    /// <summary>Limits and timeouts of the listener's dialect.</summary>
    public ServingOptions Options { get; set; } = null!;

    public ConnectionFacts Connection { get; set; }

    public ResolvedClient Client { get; set; }

    public RoutePlan? Route { get; set; }

    public PluginChain Plugins { get; set; } = PluginChain.Empty;

    /// <summary>Where the attempts go; null before one is made.</summary>
    public Cluster? Cluster { get; set; }

    /// <summary>Milliseconds that an attempt may take to connect.</summary>
    public int ConnectTimeout { get; set; }

    /// <summary>Match of the route, with the captures of a regular path.</summary>
    public RouteMatch<RoutePlan> Match;

    public Identity? Identity { get; set; }

    /// <summary>How this exchange is traced; null when it is not. The plugin of a consumer comes too late to change it.</summary>
    public TracePlan? Trace { get; set; }

    /// <summary>Meaningful while <see cref="Trace"/> is set.</summary>
    public TraceIdentity TraceIdentity { get; set; }

    /// <summary>The record of a sampled exchange, until Settle.</summary>
    public SpanRecord? Spans { get; set; }

    public RateLimitVerdict RateLimit;

    public bool HasRateLimit { get; set; }

    public BucketVerdict Bucket;

    public bool HasBucket { get; set; }

    /// <summary>The body's length is unknown and must be measured before the request goes on.</summary>
    public bool MeasureBody { get; set; }

    /// <summary>The cors policy answered this request itself.</summary>
    public bool PreflightAnswered { get; set; }

    /// <summary>A 426 that asks for TLS carries Connection: Upgrade.</summary>
    public bool SendsUpgradeRequired { get; set; }

    /// <summary>Whether the request body holder was begun and must be ended.</summary>
    public bool HasBody { get; set; }

    /// <summary>A request body relay runs beside the wait for the response.</summary>
    public bool IsSendingBody { get; set; }

    /// <summary>The relay started by the attempt; awaited once.</summary>
    public ValueTask<RelayOutcome> Sending { get; set; }

    /// <summary>Whether <see cref="Sending"/> has to be awaited.</summary>
    public bool HasSending { get; set; }

    /// <summary>The gateway itself stops the relay; its cancellation blames nobody.</summary>
    public bool StopsSending { get; set; }

    /// <summary>How the request body relay ended.</summary>
    public RelayOutcome SendOutcome { get; set; }

    /// <summary>The Host field in the block is the one to send.</summary>
    public bool KeepsHost { get; set; }

    /// <summary>Why the exchange was interrupted from outside its own flow.</summary>
    public Failure Interrupted { get; set; }

    public Failure Failure { get; set; }

    /// <summary>What the wire error was when the client's message is at fault.</summary>
    public WireError WireError { get; set; }

    /// <summary>Whether the response head went to the output: nothing can be answered any more.</summary>
    public bool ResponseStarted { get; set; }

    /// <summary>Whether the connection lives on after this exchange.</summary>
    public bool KeepAlive { get; set; }

    /// <summary>A copy of a request, without a client.</summary>
    public bool IsShadow { get; set; }

    /// <summary>The connection ends behind this answer: its listener is gone.</summary>
    public bool Retires { get; set; }

    /// <summary>Whether the upstream made the answer.</summary>
    public bool FromUpstream { get; set; }

    public int Status { get; set; }

    /// <summary>Bytes of the response head sent.</summary>
    public int ResponseHeadBytes { get; set; }

    /// <summary>Content-Length sent; -1 without one.</summary>
    public long ResponseLength { get; set; }

    /// <summary>Where the fields that the gateway itself adds to the request begin and end in its block; both 0 before they are added.</summary>
    public (int From, int To) OwnFields { get; set; }

    /// <summary>Bytes an upgraded connection carried to the client.</summary>
    public long TunnelBytes { get; set; }

    /// <summary>Loop time when the request's first byte was seen, milliseconds.</summary>
    public long StartedAt { get; set; }

    /// <summary>Loop time when the first attempt began, or -1.</summary>
    public long ProxiedAt { get; set; }

    /// <summary>Loop time when the last attempt was sent, or -1.</summary>
    public long SentAt { get; set; }

    /// <summary>Milliseconds until the upstream's response head, or -1.</summary>
    public int UpstreamLatency { get; set; }

    /// <summary>32 hex digits.</summary>
    public byte[] RequestId { get; } = new byte[RequestIdGenerator.Length];

    public long UnixMilliseconds { get; set; }

    /// <summary>Wall clock of <see cref="StartedAt"/>: never after that of a later step.</summary>
    public long StartedUnixMilliseconds { get; set; }

    public long UnixSeconds => UnixMilliseconds / 1000;

    /// <summary>The cookie that keeps a client on its endpoint, made for one that had none; null when there is nothing to set.</summary>
    public Upstream.HashInputs? SetsHashCookie { get; set; }

    /// <summary>The same for a key of the mesh; null when there is nothing to set.</summary>
    public Policies.LoadBalancing.RequestKey? SetsKeyCookie { get; set; }

    /// <summary>Value of the cookie: a UUID as text, or <see cref="HashCookieLength"/> digits.</summary>
    public byte[] HashCookie { get; } = new byte[36];

    /// <summary>Digits of a value for <see cref="SetsKeyCookie"/>.</summary>
    public int HashCookieLength { get; set; }

    /// <summary>Path and query of the request to the upstream.</summary>
    public int TargetLength { get; set; }

    public ReadOnlySpan<byte> UpstreamTarget => _target.AsSpan(0, TargetLength);

    /// <summary>The method of the request transformer is sent instead of the client's.</summary>
    public bool MethodReplaced { get; set; }

    /// <summary>The whole body, collected for a plugin; null when it is streamed.</summary>
    public byte[]? Collected { get; set; }

    public int CollectedLength { get; set; }

    public ReadOnlySpan<byte> Method => MethodReplaced ? Plugins.RequestTransform!.Method : Request.MethodBytes;

    /// <summary>The method the upstream was asked with: an answer to HEAD has no body.</summary>
    public KnownMethod SentMethod => MethodReplaced ? KnownMethods.Classify(Method) : Request.Method;


    /// <summary>The one canonical path that was matched and is forwarded.</summary>
    public ReadOnlySpan<byte> Path => _pathIsRaw ? Request.Path : _scratch.AsSpan(_pathStart, _pathLength);

    public ReadOnlySpan<byte> HostWithoutPort
    {
        get
        {
            ReadOnlySpan<byte> authority = Request.Authority;
            int colon = authority.LastIndexOf((byte)':');
            return colon > authority.LastIndexOf((byte)']') ? authority[..colon] : authority;
        }
    }

    /// <summary>Computes the canonical path of the request.</summary>
    public WireError Canonicalise(bool mergeSlashes, EscapedSlashes slashes, out bool redirect)
    {
        ReadOnlySpan<byte> raw = Request.Path;
        int room = CanonicalPath.MaxLength(raw.Length);
        if (_scratch.Length < room)
        {
            _scratch = new byte[BitRound(room)];
        }

        WireError error = CanonicalPath.Compute(raw, mergeSlashes, slashes, _scratch, out ReadOnlySpan<byte> canonical, out redirect);
        _pathStart = 0;
        _pathLength = canonical.Length;
        _pathIsRaw = canonical == raw;
        return error;
    }

    /// <summary>Room for the upstream target; what was there is lost.</summary>
    public Span<byte> TargetRoom(int length)
    {
        if (_target.Length < length)
        {
            _target = new byte[BitRound(length)];
        }

        return _target;
    }

    /// <summary>Puts a query behind the upstream path.</summary>
    public void AppendToTarget(ReadOnlySpan<byte> query, bool mark)
    {
        int length = TargetLength + query.Length + (mark ? 1 : 0);
        if (_target.Length < length)
        {
            Array.Resize(ref _target, BitRound(length));
        }

        int at = TargetLength;
        if (mark)
        {
            _target[at++] = (byte)'?';
        }

        query.CopyTo(_target.AsSpan(at));
        TargetLength = length;
    }

    /// <summary>The exchange came in by a Gateway listener.</summary>
    public void EnterMesh(GatewayEntry entry)
    {
        Mesh = _mesh ??= new MeshState(this);
        Mesh.Reset();
        Mesh.Entry = entry;
        Request.Headers.UsesLowerCaseNames = true;
        Response.Headers.UsesLowerCaseNames = true;
    }

    /// <summary>The time of the exchange, or of its attempt, is over. Called by the wheel.</summary>
    public void TimeOut(Failure failure)
    {
        if (ResponseStarted)
        {
            Mesh!.Cut(Telemetry.MeshLog.ResponseFlags.UpstreamTimeout, MeshReplies.ResponseTimeout);
            Output.CancelPendingFlush();
            failure = Failure.UpstreamTruncated;
        }

        Interrupt(failure);
        Attempt.CancelWaits();
        Mesh?.Pause.Cancel();
    }

    /// <summary>A deadline of <paramref name="kind"/> ran out. Called by the wheel.</summary>
    public void WaitExpired(WaitKind kind, bool tooSlow)
    {
        if (tooSlow)
        {
            Worker.Metrics.LimitHit(kind == WaitKind.ClientRead ? LimitKind.BodyRate : LimitKind.ResponseRate);
        }

        switch (kind)
        {
            case WaitKind.ClientRead:
                Interrupt(Failure.DownstreamTimeout);
                RequestBody.CancelWait();
                break;
            case WaitKind.ClientWrite:
                Interrupt(Failure.DownstreamSlow);
                PipeWriter output = Output;
                Attempt.CancelWaits();
                output.CancelPendingFlush();
                break;
            case WaitKind.UpstreamRead:
                if (ResponseStarted)
                {
                    Mesh?.Cut(Telemetry.MeshLog.ResponseFlags.StreamIdle, MeshReplies.StreamIdle);
                }

                Interrupt(ResponseStarted ? Failure.UpstreamTruncated : Mesh is null ? Failure.UpstreamTimeout : Failure.StreamIdle);
                Attempt.CancelWaits();
                break;
            default:
                Interrupt(Failure.UpstreamWriteTimeout);
                Attempt.CancelWaits();
                break;
        }
    }

    /// <summary>Bytes moved so far by a wait of that kind that is not over; only differences mean something.</summary>
    public long Moved(WaitKind kind) => kind == WaitKind.ClientWrite ? Downstream.BytesMoved : 0;

    /// <summary>The client's part of the request cannot be completed: wakes the wait for the answer.</summary>
    public void SendingFailed(Failure failure)
    {
        if (!StopsSending)
        {
            Interrupt(failure);
            Attempt.CancelWaits();
        }
    }

    /// <summary>The client ended its side of the connection and may still read.</summary>
    public void ClientHalfClosed() => MeshWaiting.DropIfClosed(this);

    /// <summary>The client's connection was reset, or nothing is owed to it any more.</summary>
    public void ClientGone()
    {
        Interrupt(Failure.DownstreamGone);

        // What is woken runs here and now, and may end the exchange: from then on it has no output any more.
        PipeWriter output = Output;
        Attempt.CancelWaits();
        if (HasBody)
        {
            RequestBody.CancelWait();
        }

        Mesh?.Pause.Cancel();
        output.CancelPendingFlush();
    }

    /// <summary>Makes the object ready for its next use and drops every reference to this one's.</summary>
    public void Reset()
    {
        Request.Reset();
        Response.Reset();
        Attempt.Reset();
        Replay.Release();
        if (Mesh is { } mesh)
        {
            mesh.Reset();
            Mesh = null;
            Request.Headers.UsesLowerCaseNames = false;
            Response.Headers.UsesLowerCaseNames = false;
        }

        Downstream = null!;
        Output = null!;
        Snapshot = null!;
        Options = null!;
        Route = null;
        Cluster = null;
        Plugins = PluginChain.Empty;
        Match = default;
        Identity = null;
        Trace = null;
        Spans = null;
        HasRateLimit = false;
        HasBucket = false;
        MeasureBody = false;
        PreflightAnswered = false;
        SendsUpgradeRequired = false;
        HasBody = false;
        IsSendingBody = false;
        HasSending = false;
        StopsSending = false;
        SendOutcome = RelayOutcome.Done;
        KeepsHost = false;
        Sending = default;
        Interrupted = Failure.None;
        Failure = Failure.None;
        WireError = WireError.None;
        ResponseStarted = false;
        KeepAlive = false;
        Retires = false;
        IsShadow = false;
        FromUpstream = false;
        Status = 0;
        ResponseHeadBytes = 0;
        ResponseLength = -1;
        OwnFields = default;
        TunnelBytes = 0;
        ProxiedAt = -1;
        SentAt = -1;
        UpstreamLatency = -1;
        SetsHashCookie = null;
        SetsKeyCookie = null;
        TargetLength = 0;
        MethodReplaced = false;
        if (Collected is { } collected)
        {
            Collected = null;
            ArrayPool<byte>.Shared.Return(collected);
        }

        CollectedLength = 0;
        AwaitsKey = false;
        _queryIsEdited = false;
        _correlationLength = 0;
    }

    private static int BitRound(int length) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length);

    private void Interrupt(Failure failure)
    {
        if (Interrupted == Failure.None)
        {
            Interrupted = failure;
        }
    }
}
