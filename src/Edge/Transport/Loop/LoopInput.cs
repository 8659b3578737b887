using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// The receiving end of a <see cref="LoopConnection"/>: a PipeReader that receives from the socket when it is read, and holds a buffer only
/// while it holds bytes. Normally used on its loop; from another thread each call is posted there.
/// </summary>
/// <remarks>
/// A read first gives what is buffered, then tries one receive if the socket may be readable, else waits for the next edge. After a receive
/// that left room in its buffer the socket is known to be empty: more bytes are a new edge, so that the receive which would
/// say EAGAIN is saved.
/// </remarks>
internal sealed partial class LoopInput : PipeReader, IValueTaskSource<ReadResult>
{
    // The top bit of an index marks the end of an array-backed sequence.
    private const int IndexMask = int.MaxValue;

    private readonly LoopConnection _connection;
    private readonly EpollLoop _loop;
    private LoopCompletion<ReadResult> _completion;

    // Unconsumed bytes: from _start in _head to the end of _tail.
    private Block? _head;
    private Block? _tail;
    private int _start;
    private long _length;

    // How many of the unconsumed bytes the last AdvanceTo had seen: a read waits for more than these.
    private long _examined;

    private bool _pending;
    private bool _canceled;
    private bool _completed;
    private int _minimum;
    private CancellationToken _foreignToken;
    private CancellationTokenRegistration _registration;

    public LoopInput(LoopConnection connection, EpollLoop loop)
    {
        _connection = connection;
        _loop = loop;
    }

    private enum Take
    {
        Wait,
        Ready,
        Failed,
    }

    /// <summary>True while a read waits.</summary>
    public bool IsPending => _pending;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        ReadCore(1, cancellationToken);

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) =>
        ReadCore(Math.Max(minimumSize, 1), cancellationToken);

    public override bool TryRead(out ReadResult result)
    {
        if (!_loop.IsCurrent)
        {
            // The socket belongs to the loop; what has been buffered may be taken.
            ThrowIfBusy();
            result = default;
            bool found = _length > 0;
            if (found)
            {
                result = Build(canceled: false);
            }

            return found;
        }

        switch (TryTake(1, out result))
        {
            case Take.Ready:
                return true;
            case Take.Failed:
                throw _connection.CreateFault();
            default:
                if (_length > 0)
                {
                    result = Build(canceled: false);
                    return true;
                }

                return false;
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_head is null)
        {
            return;
        }

        long consumedBytes = OffsetOf(consumed);
        long examinedBytes = OffsetOf(examined);
        if (consumedBytes < 0 || examinedBytes < consumedBytes || examinedBytes > _length)
        {
            ThrowBadPosition();
        }

        _examined = examinedBytes - consumedBytes;
        _length -= consumedBytes;
        if (_length == 0)
        {
            ReleaseAll();
        }
        else if (consumedBytes > 0)
        {
            Consume(consumedBytes);
        }
    }

    public override void CancelPendingRead()
    {
        if (!_loop.IsCurrent)
        {
            _connection.PostForeign(ForeignCall.CancelRead);
            return;
        }

        _canceled = true;
        if (_pending)
        {
            // Not inline: the caller must not find itself below the reader's continuation.
            _connection.QueueReevaluation();
        }
    }

    public override void Complete(Exception? exception = null)
    {
        if (!_loop.IsCurrent)
        {
            _connection.PostForeign(ForeignCall.CompleteInput);
            return;
        }

        _completed = true;
        ReleaseAll();
        DropFetched();
        if (_pending)
        {
            _connection.QueueReevaluation();
        }
    }

    /// <summary>The socket may be readable from now on.</summary>
    public void OnReadable()
    {
        _mayReceive = true;
        if (_pending)
        {
            Resume();
        }
    }

    /// <summary>Looks again whether a waiting read can complete.</summary>
    public void Resume()
    {
        if (!_pending)
        {
            return;
        }

        _pending = false;
        if (_completed)
        {
            _registration.Unregister();
            _completion.SetException(new InvalidOperationException("The reader was completed while it waited."));
            return;
        }

        switch (TryTake(_minimum, out ReadResult result))
        {
            case Take.Ready:
                _registration.Unregister();
                _completion.SetResult(result);
                break;
            case Take.Failed:
                _registration.Unregister();
                _completion.SetException(_connection.CreateFault());
                break;
            default:
                _pending = true;
                break;
        }
    }

    /// <summary>Carries out a read that began on another thread.</summary>
    public void BeginForeignRead()
    {
        _pending = true;
        _connection.EnsureWatched();
        Resume();
        if (_pending && _foreignToken.CanBeCanceled)
        {
            Register(_foreignToken);
        }
    }

    /// <summary>Makes the reader ready for a new socket.</summary>
    public void Open(bool drain)
    {
        _completed = false;
        _canceled = false;
        _mayReceive = true;
        _drain = drain;
        _ended = false;
        _sizeClass = BlockPool.Small;
        _smallReads = 0;
    }

    /// <summary>Gives the buffers back.</summary>
    public void Close()
    {
        ReleaseAll();
        DropFetched();
    }

    public ReadResult GetResult(short token)
    {
        _completion.ValidateDone(token);
        ReadResult result = _completion.Take(out ExceptionDispatchInfo? error);
        _completion.Reset();
        error?.Throw();
        return result;
    }

    public ValueTaskSourceStatus GetStatus(short token) => _completion.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags, _loop);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ValueTask<ReadResult> ReadCore(int minimum, CancellationToken cancellationToken)
    {
        if (!_loop.IsCurrent || cancellationToken.CanBeCanceled)
        {
            return ReadSlow(minimum, cancellationToken);
        }

        return TryTake(minimum, out ReadResult result) switch
        {
            Take.Ready => new ValueTask<ReadResult>(result),
            Take.Failed => ValueTask.FromException<ReadResult>(_connection.CreateFault()),
            _ => Wait(minimum),
        };
    }

    private ValueTask<ReadResult> ReadSlow(int minimum, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        ThrowIfBusy();
        if (_loop.IsCurrent)
        {
            ValueTask<ReadResult> read = ReadCore(minimum, CancellationToken.None);
            if (_pending)
            {
                Register(cancellationToken);
            }

            return read;
        }

        // Only the posted call makes the wait visible to the loop: until then the loop touches none of this.
        PrepareCompletion();
        _minimum = minimum;
        _foreignToken = cancellationToken;
        short version = _completion.Version;
        _connection.PostForeign(ForeignCall.Read);
        return new ValueTask<ReadResult>(this, version);
    }

    private ValueTask<ReadResult> Wait(int minimum)
    {
        _minimum = minimum;
        PrepareCompletion();
        _pending = true;
        _connection.EnsureWatched();
        return new ValueTask<ReadResult>(this, _completion.Version);
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
                cancellation.Input._loop.Post(
                    static state =>
                    {
                        var cancellation = (PendingCancellation)state!;
                        cancellation.Input.CancelWait(cancellation);
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
            _completion.SetException(new OperationCanceledException(cancellation.Token));
        }
    }

    private void ThrowIfBusy()
    {
        if (_completed)
        {
            throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
        }

        if (_pending)
        {
            throw new InvalidOperationException("Concurrent reads are not supported.");
        }
    }

    private sealed record PendingCancellation(LoopInput Input, short Version, CancellationToken Token);
}
