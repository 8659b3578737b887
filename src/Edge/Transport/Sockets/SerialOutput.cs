using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Transport.Sockets;

/// <summary>
/// The writing end of a <see cref="SerialConnection"/>: the stock pipe's writer, with the completion of a waiting flush posted to the loop.
/// For one writer at a time.
/// </summary>
/// <remarks>
/// Completing it sends FIN and leaves the other direction open, which the stock pipe's own completion does not: that closes the socket.
/// </remarks>
internal sealed class SerialOutput : PipeWriter, IGatheringOutput, IValueTaskSource<FlushResult>
{
    private readonly SerialConnection _connection;
    private readonly SerialLoop _loop;
    private readonly PipeWriter _inner;
    private readonly Action _onInnerReady;
    private LoopCompletion<FlushResult> _completion;
    private ValueTaskAwaiter<FlushResult> _awaiter;
    private long _unflushed;
    private bool _completed;

    public SerialOutput(SerialConnection connection, SerialLoop loop, PipeWriter inner)
    {
        _connection = connection;
        _loop = loop;
        _inner = inner;
        _onInnerReady = () => _loop.Post(static output => ((SerialOutput)output!).Finish(), this);
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowIfCompleted();
        return _inner.GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        ThrowIfCompleted();
        return _inner.GetSpan(sizeHint);
    }

    public override void Advance(int bytes)
    {
        _inner.Advance(bytes);
        _unflushed += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        if (_completion.IsDone)
        {
            _completion.Reset();
        }

        short version = _completion.Version;
        _unflushed = 0;
        _awaiter = _inner.FlushAsync(cancellationToken).GetAwaiter();
        if (_awaiter.IsCompleted)
        {
            Finish();
        }
        else
        {
            _awaiter.UnsafeOnCompleted(_onInnerReady);
        }

        return new ValueTask<FlushResult>(this, version);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        this.Write(source.Span);
        return FlushAsync(cancellationToken);
    }

    public ValueTask<FlushResult> WriteAsync(in ReadOnlySequence<byte> source, CancellationToken cancellationToken = default)
    {
        foreach (ReadOnlyMemory<byte> part in source)
        {
            this.Write(part.Span);
        }

        return FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => _inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        if (_completed)
        {
            return;
        }

        _completed = true;
        if (exception is not null)
        {
            _connection.Abort();
            return;
        }

        _ = SendFinAsync();
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null && !_completed)
        {
            _completed = true;
            await SendFinAsync();
            return;
        }

        Complete(exception);
    }

    public FlushResult GetResult(short token)
    {
        _completion.ValidateDone(token);
        FlushResult result = _completion.Take(out ExceptionDispatchInfo? error);
        _completion.Reset();
        error?.Throw();
        return result;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _completion.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags, _loop);

    [SuppressMessage("Design", "CA1031", Justification = "A connection that is gone shows as IsCompleted, whatever the stock pipe throws.")]
    private void Finish()
    {
        FlushResult result;
        try
        {
            result = _awaiter.GetResult();
        }
        catch (OperationCanceledException exception)
        {
            _completion.SetException(exception);
            return;
        }
        catch (Exception)
        {
            result = new FlushResult(isCanceled: false, isCompleted: true);
        }

        _completion.SetResult(result);
    }

    [SuppressMessage("Design", "CA1031", Justification = "A connection that is gone needs no FIN.")]
    private async Task SendFinAsync()
    {
        try
        {
            // With a pause threshold of one byte the flush completes when the socket has taken everything.
            await _inner.FlushAsync();
            _connection.ShutdownSending();
        }
        catch (Exception)
        {
        }
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
        }
    }
}
