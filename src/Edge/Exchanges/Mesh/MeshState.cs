using System.Buffers;
using System.Net;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Resilience;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Snapshot.Mesh;
using VoltageSoda.Edge.Telemetry.MeshLog;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>
/// What an exchange of a Gateway listener holds besides what every exchange does. Made with the first such exchange of an object and kept with
/// it; loop-thread only.
/// </summary>
internal sealed class MeshState
{
    /// <summary>Length of a UUID as text.</summary>
    public const int RequestIdLength = 36;

    private readonly ArrayBufferWriter<byte> _routed = new(256);
    private bool _isMirrored;

    public MeshState(Exchange exchange)
    {
        RouteDeadline = new MeshDeadline(exchange, Failure.RouteTimeout);
        TryDeadline = new MeshDeadline(exchange, Failure.AttemptTimeout);
        Pause = new LoopPause(exchange.Worker.Loop);
    }

    public GatewayEntry Entry { get; set; } = null!;

    public GatewayServerPlan? Server { get; set; }

    public VirtualHostPlan? VirtualHost { get; set; }

    public MeshRoutePlan? Route { get; set; }

    /// <summary>Chosen once, for all attempts.</summary>
    public MeshDestinationPlan? Destination { get; set; }

    public ResponseFlags Flags { get; set; }

    /// <summary>Envoy's code for how the answer came about; null until it is known.</summary>
    public byte[]? Details { get; set; }

    /// <summary>Whether the client came by https, as far as it may say so itself.</summary>
    public bool IsHttps { get; set; }

    /// <summary>A gRPC request: local answers are gRPC's.</summary>
    public bool IsGrpc { get; set; }

    public EnvoyCorsVerdict Cors { get; set; }

    /// <summary>The request passed every step before the router's: CORS fields belong to its answer, whoever makes it.</summary>
    public bool ReachedRouter { get; set; }

    public RetryState Retry;

    /// <summary>The time of the whole exchange, from the request's last byte on.</summary>
    public MeshDeadline RouteDeadline { get; }

    /// <summary>The time of one attempt until its response head.</summary>
    public MeshDeadline TryDeadline { get; }

    /// <summary>An injected delay, or the wait before a retry.</summary>
    public LoopPause Pause { get; }

    /// <summary>Milliseconds of the route's deadline; 0 without.</summary>
    public long Timeout { get; set; }

    /// <summary>Milliseconds of each attempt; 0 without.</summary>
    public long TryTimeout { get; set; }

    /// <summary>Loop time when the request was there to its last byte; -1 before.</summary>
    public long ReceivedAt { get; set; }

    /// <summary>Loop time of the upstream's response head; -1 before.</summary>
    public long AnsweredAt { get; set; }

    /// <summary>Why the last connection was not made.</summary>
    public ConnectFailure ConnectFailure { get; set; }

    /// <summary>This end of the last connection; null before one, and over what has no address.</summary>
    public IPEndPoint? UpstreamLocal { get; private set; }

    /// <summary>The request is on a connection: an attempt's time counts when it is also received.</summary>
    public bool IsOnConnection { get; set; }

    /// <summary>An injected delay or the pause before a retry goes on: nothing of the request is under way.</summary>
    public bool IsPausing { get; set; }

    /// <summary>The request is being received while the exchange waits.</summary>
    public bool IsReceiving { get; set; }

    /// <summary>An interim answer of an upstream went down: nothing is tried again (Envoy: <c>onUpstream1xxHeaders</c>).</summary>
    public bool SentInterim { get; set; }

    /// <summary>What is written somewhere else before it becomes a field.</summary>
    public ArrayBufferWriter<byte> Scratch { get; } = new(256);

    /// <summary>Takes the path that is routed, where it is not the one received.</summary>
    public void SetRouted(ReadOnlySpan<byte> path, ReadOnlySpan<byte> query)
    {
        _routed.ResetWrittenCount();
        _routed.Write(path);
        _routed.Write(query);
    }

    /// <summary>Path and query as they are routed.</summary>
    public ReadOnlySpan<byte> PathAndQuery(RequestHead request) => _routed.WrittenCount == 0 ? request.Target : _routed.WrittenSpan;

    /// <summary>What routing and header values look at; borrowed.</summary>
    public MeshRequest Facts(RequestHead request) => new()
    {
        Method = request.MethodBytes,
        Authority = request.Authority,
        PathAndQuery = PathAndQuery(request),
        Scheme = IsHttps ? "https"u8 : "http"u8,
    };

    /// <summary>The request's last byte is there.</summary>
    public void Received(long now)
    {
        if (ReceivedAt >= 0)
        {
            return;
        }

        ReceivedAt = now;
        RouteDeadline.Start(Timeout);
        if (IsOnConnection)
        {
            TryDeadline.Start(TryTimeout);
        }
    }

    /// <summary>The request's body went up whole for the first time, or there is none: copies can be made.</summary>
    public void Relayed(Exchange exchange)
    {
        Received(exchange.Worker.Loop.NowMilliseconds);
        if (!_isMirrored && !exchange.IsShadow)
        {
            _isMirrored = true;
            if (Route is { Mirrors.IsEmpty: false })
            {
                MeshMirrors.Send(exchange, this);
            }
        }
    }

    /// <summary>An attempt has its connection.</summary>
    public void Connected(UpstreamConnection connection)
    {
        UpstreamLocal = connection.Transport.LocalEndPoint as IPEndPoint;
        IsOnConnection = true;
        if (ReceivedAt >= 0)
        {
            TryDeadline.Start(TryTimeout);
        }
    }

    /// <summary>An answer that has begun ends before its end.</summary>
    public void Cut(ResponseFlags flag, byte[] details)
    {
        Flags |= flag;
        Details = details;
    }

    /// <summary>Stops what still runs; the exchange is over.</summary>
    public void Stop()
    {
        RouteDeadline.Stop();
        TryDeadline.Stop();
        Retry.End();
    }

    public void Reset()
    {
        Stop();
        Entry = null!;
        Server = null;
        VirtualHost = null;
        Route = null;
        Destination = null;
        Flags = ResponseFlags.None;
        Details = null;
        IsHttps = false;
        IsGrpc = false;
        Cors = EnvoyCorsVerdict.None;
        ReachedRouter = false;
        Timeout = 0;
        TryTimeout = 0;
        ReceivedAt = -1;
        AnsweredAt = -1;
        ConnectFailure = ConnectFailure.None;
        IsOnConnection = false;
        IsPausing = false;
        IsReceiving = false;
        SentInterim = false;
        UpstreamLocal = null;
        _isMirrored = false;
        _routed.ResetWrittenCount();
    }
}
