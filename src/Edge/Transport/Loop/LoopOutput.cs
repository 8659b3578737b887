using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// The sending end of a <see cref="LoopConnection"/>: a PipeWriter whose flush is an immediate send and which holds buffers only while
/// it holds bytes. Normally used on its loop; from another thread each call is posted there.
/// </summary>
/// <remarks>
/// What the socket does not take stays here, or in the caller's memory in case of WriteAsync, and the flush completes when an edge
/// has let it all out: that is the back-pressure. A peer that is gone shows as IsCompleted, never as an exception.
/// </remarks>
internal sealed partial class LoopOutput : PipeWriter, IGatheringOutput, IValueTaskSource<FlushResult>
{
    private readonly LoopConnection _connection;
    private readonly EpollLoop _loop;
    private LoopCompletion<FlushResult> _completion;

    // Bytes not sent yet: from _start in _head to the end of _tail, then _external.
    private Block? _head;
    private Block? _tail;
    private int _start;
    private long _unsent;
    private ReadOnlySequence<byte> _external;
    private bool _hasExternal;

    // Part of _unsent that no flush covers yet.
    private long _unflushed;

    // The caller holds memory of _tail that it has not advanced over.
    private bool _reserved;
    private bool _pending;
    private bool _canceled;
    private bool _completed;
    private bool _finWhenSent;

    // In the loop's list of what it sends at the end of its turn.
    private bool _deferred;
    private CancellationToken _foreignToken;
    private CancellationTokenRegistration _registration;

    public LoopOutput(LoopConnection connection, EpollLoop loop)
    {
        _connection = connection;
        _loop = loop;
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    /// <summary>True while a flush waits.</summary>
    public bool IsPending => _pending;

    /// <summary>True while bytes wait for the socket.</summary>
    public bool HasUnsent => _unsent > 0;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Block block = Reserve(sizeHint);
        return new Memory<byte>(block.Array, block.End, block.Room);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Block block = Reserve(sizeHint);
        return new Span<byte>(block.Array, block.End, block.Room);
    }

    public override void Advance(int bytes)
    {
        if (_tail is null || (uint)bytes > (uint)_tail.Room)
        {
            throw new ArgumentOutOfRangeException(nameof(bytes), "More was written than there was memory for.");
        }

        _reserved = false;
        _tail.End += bytes;
        _unsent += bytes;
        _unflushed += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (!_loop.IsCurrent || cancellationToken.CanBeCanceled)
        {
            return FlushSlow(cancellationToken);
        }

        if (_pending | _completed | _canceled)
        {
            if (TakeCanceled(out FlushResult canceled))
            {
                return new ValueTask<FlushResult>(canceled);
            }
        }

        _reserved = false;
        long older = _unsent - _unflushed;
        _unflushed = 0;
        if (_loop.Batches && Defer(older))
        {
            return new ValueTask<FlushResult>(Build(canceled: false));
        }

        return TrySend() ? new ValueTask<FlushResult>(Build(canceled: false)) : Wait();
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (!_loop.IsCurrent || cancellationToken.CanBeCanceled)
        {
            this.Write(source.Span);
            return FlushSlow(cancellationToken);
        }

        if (IsBetterCopied(source.Length))
        {
            Copy(source.Span);
            return FlushAsync(CancellationToken.None);
        }

        if ((_unsent == 0) & !(_pending | _completed | _canceled))
        {
            nint sent = SendDirect(source.Span);
            if (sent == source.Length)
            {
                return new ValueTask<FlushResult>(Build(canceled: false));
            }

            source = source[(int)Math.Max(sent, 0)..];
        }

        return SendThrough(new ReadOnlySequence<byte>(source));
    }

    public ValueTask<FlushResult> WriteAsync(in ReadOnlySequence<byte> source, CancellationToken cancellationToken = default)
    {
        if (source.IsSingleSegment)
        {
            return WriteAsync(source.First, cancellationToken);
        }

        if (!_loop.IsCurrent || cancellationToken.CanBeCanceled)
        {
            Copy(source);
            return FlushSlow(cancellationToken);
        }

        return SendThrough(source);
    }

    public override void CancelPendingFlush()
    {
        if (!_loop.IsCurrent)
        {
            _connection.PostForeign(ForeignCall.CancelFlush);
            return;
        }

        _canceled = true;
        if (_pending)
        {
            _connection.QueueReevaluation();
        }
    }

    public override void Complete(Exception? exception = null)
    {
        if (!_loop.IsCurrent)
        {
            _connection.PostForeign(exception is null ? ForeignCall.CompleteOutput : ForeignCall.Abort);
            return;
        }

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

        // What was written is sent even without a flush, as the stock pipe does; FIN follows it.
        _unflushed = 0;
        _reserved = false;
        _finWhenSent = true;
        if (TrySend())
        {
            SendFin();
        }
        else
        {
            _connection.EnsureWatched();
        }
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (exception is null && _unsent > 0 && !_completed)
        {
            await FlushAsync();
        }

        Complete(exception);
    }

    /// <summary>The socket may take more bytes, or is gone.</summary>
    public void OnWritable()
    {
        if (_pending | (_unsent > 0 && !_deferred))
        {
            Resume();
        }
    }

    /// <summary>Looks again whether a waiting flush can complete.</summary>
    public void Resume()
    {
        bool sent = TrySend();
        if (sent && _finWhenSent)
        {
            SendFin();
        }

        if (!_pending || (!sent && !_canceled))
        {
            return;
        }

        _pending = false;
        bool canceled = _canceled;
        _canceled = false;
        if (!sent)
        {
            KeepExternal();
        }

        _registration.Unregister();
        _completion.SetResult(Build(canceled));
    }

    /// <summary>Carries out a flush that began on another thread.</summary>
    public void BeginForeignFlush()
    {
        _pending = true;
        Resume();
        if (_pending)
        {
            _connection.EnsureWatched();
            if (_foreignToken.CanBeCanceled)
            {
                Register(_foreignToken);
            }
        }
    }

    /// <summary>Makes the writer ready for a new socket.</summary>
    public void Open()
    {
        _completed = false;
        _canceled = false;
        _finWhenSent = false;
    }

    /// <summary>Drops what is not sent and gives the buffers back.</summary>
    public void Close()
    {
        _reserved = false;
        Drop();
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

    private FlushResult Build(bool canceled) => new(canceled, _connection.IsSendingOver);

    private ValueTask<FlushResult> FlushSlow(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_pending)
        {
            ThrowConcurrent();
        }

        if (_loop.IsCurrent)
        {
            ValueTask<FlushResult> flush = FlushAsync(CancellationToken.None);
            if (_pending)
            {
                Register(cancellationToken);
            }

            return flush;
        }

        // Only the posted call makes the wait visible to the loop.
        PrepareCompletion();
        _reserved = false;
        _unflushed = 0;
        _foreignToken = cancellationToken;
        short version = _completion.Version;
        _connection.PostForeign(ForeignCall.Flush);
        return new ValueTask<FlushResult>(this, version);
    }

    private bool TakeCanceled(out FlushResult result)
    {
        if (_pending)
        {
            ThrowConcurrent();
        }

        if (_completed)
        {
            throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
        }

        result = Build(canceled: true);
        _canceled = false;
        return true;
    }

    private ValueTask<FlushResult> Wait()
    {
        PrepareCompletion();
        _pending = true;
        _connection.EnsureWatched();
        return new ValueTask<FlushResult>(this, _completion.Version);
    }

    private void PrepareCompletion()
    {
        if (_completion.IsDone)
        {
            // The last result was never awaited.
            _completion.Reset();
        }
    }

    private void Register(CancellationToken cancellationToken)
    {
        var cancellation = new PendingCancellation(this, _completion.Version, cancellationToken);
        _registration = cancellationToken.UnsafeRegister(
            static state =>
            {
                var cancellation = (PendingCancellation)state!;
                cancellation.Output._loop.Post(
                    static state =>
                    {
                        var cancellation = (PendingCancellation)state!;
                        cancellation.Output.CancelWait(cancellation);
                    },
                    cancellation);
            },
            cancellation);
    }

    private void CancelWait(PendingCancellation cancellation)
    {
        if (_pending && _completion.Version == cancellation.Version)
        {
            _pending = false;
            KeepExternal();
            _completion.SetException(new OperationCanceledException(cancellation.Token));
        }
    }

    private static void ThrowConcurrent() => throw new InvalidOperationException("Concurrent flushes are not supported.");

    private sealed record PendingCancellation(LoopOutput Output, short Version, CancellationToken Token);
}
