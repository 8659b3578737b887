using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>
/// A connection of a loop with TLS over it, behind the same abstraction as the bare one: pipes of plaintext, signals of life and progress of the
/// socket below, which it owns and disposes. The handshake is done on <see cref="Ssl"/> before the pipes are used. Loop thread only.
/// </summary>
/// <remarks>
/// <para>Completing the output sends the closing alert and then FIN; reading goes on. The other side's closing alert ends the input. An end of
/// the socket without it shows as <see cref="IsReset"/> after the last bytes, so that a body ended by closing is not taken for whole.</para>
/// <para>SslStream allocates for the handshake and, per read that has to wait, the state of its own async methods beyond what the runtime
/// pools (two per method and thread); nothing of ours is allocated in steady state.</para>
/// </remarks>
internal sealed class TlsConnection : ConnectionContext, IDuplexPipe, IConnectionLifeSignal, ITransferProgress
{
    private readonly ConnectionContext _inner;
    private readonly IConnectionLifeSignal? _life;
    private readonly ITransferProgress? _progress;
    private readonly CipherStream _cipher;
    private readonly TlsInput _input;
    private readonly TlsOutput _output;
    private bool _cut;
    private bool _inputEnded;

    /// <param name="loop">The loop of <paramref name="inner"/>.</param>
    /// <param name="inner">Owned from here on.</param>
    public TlsConnection(EventLoop loop, ConnectionContext inner)
    {
        Loop = loop;
        _inner = inner;
        _life = inner as IConnectionLifeSignal;
        _progress = inner as ITransferProgress;
        _cipher = new CipherStream(loop, inner.Transport);
        Ssl = new SslStream(_cipher, leaveInnerStreamOpen: true);
        _input = new TlsInput(this, Ssl, _cipher);
        _output = new TlsOutput(this, Ssl, inner.Transport.Output);
        Transport = this;
    }

    public EventLoop Loop { get; }

    /// <summary>The session. Only the handshake is done on it from outside.</summary>
    public SslStream Ssl { get; }

    public bool IsDisposed { get; private set; }

    public override string ConnectionId
    {
        get => _inner.ConnectionId;
        set => _inner.ConnectionId = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => _inner.LocalEndPoint;
        set => _inner.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _inner.RemoteEndPoint;
        set => _inner.RemoteEndPoint = value;
    }

    public override CancellationToken ConnectionClosed
    {
        get => _inner.ConnectionClosed;
        set => _inner.ConnectionClosed = value;
    }

    public override IDictionary<object, object?> Items
    {
        get => _inner.Items;
        set => _inner.Items = value;
    }

    public override IFeatureCollection Features => _inner.Features;

    public override IDuplexPipe Transport { get; set; }

    PipeReader IDuplexPipe.Input => _input;

    PipeWriter IDuplexPipe.Output => _output;

    public IConnectionLifeObserver? LifeObserver
    {
        get => _life?.LifeObserver;
        set
        {
            if (_life is { } life)
            {
                life.LifeObserver = value;
            }
        }
    }

    public bool IsReset => _cut || IsSocketReset;

    /// <summary>The socket below is reset: not even a goodbye can be sent.</summary>
    public bool IsSocketReset => _life is { IsReset: true };

    public bool IsHalfClosed => _inputEnded || _life is { IsHalfClosed: true };

    public bool EndsQuietly
    {
        get => _life?.EndsQuietly ?? false;
        set
        {
            if (_life is { } life)
            {
                life.EndsQuietly = value;
            }
        }
    }

    // A transport that cannot tell is given the benefit of the doubt: time itself counts as progress.
    public long BytesMoved => _progress?.BytesMoved ?? Loop.NowMilliseconds * (1L << 20);

    /// <summary>The handshake is over: the pipes may be used.</summary>
    public void Open() => _cipher.IsOpen = true;

    /// <summary>Nothing more will be read; <paramref name="isCut"/> when no closing alert said so.</summary>
    public void OnInputEnded(bool isCut)
    {
        _inputEnded = true;
        _cut |= isCut;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (!IsDisposed)
        {
            _inner.Abort(abortReason);
        }
    }

    [SuppressMessage("Usage", "CA2215", Justification = "The base class holds nothing.")]
    public override ValueTask DisposeAsync()
    {
        if (IsDisposed)
        {
            return default;
        }

        IsDisposed = true;
        _output.Close();
        _input.Close();
        _cipher.IsClosed = true;
        ValueTask closing = _inner.DisposeAsync();
        if (!_input.IsArriving)
        {
            DisposeSsl();
        }

        return closing;
    }

    /// <summary>Frees the session; called when SslStream is inside no read.</summary>
    public void DisposeSsl() => Ssl.Dispose();
}
