using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Transport.Sockets;

/// <summary>
/// The reading end of a <see cref="SerialConnection"/>: the stock pipe's reader, with the completion of a waiting read posted to the loop.
/// For one reader at a time.
/// </summary>
internal sealed class SerialInput : PipeReader, IValueTaskSource<ReadResult>
{
    private readonly SerialConnection _connection;
    private readonly SerialLoop _loop;
    private readonly PipeReader _inner;
    private readonly Action _onInnerReady;
    private LoopCompletion<ReadResult> _completion;
    private ValueTaskAwaiter<ReadResult> _awaiter;
    private CancellationToken _token;
    private int _minimum;
    private long _turn;
    private int _turnOperations;

    public SerialInput(SerialConnection connection, SerialLoop loop, PipeReader inner)
    {
        _connection = connection;
        _loop = loop;
        _inner = inner;
        _onInnerReady = () => _loop.Post(static input => ((SerialInput)input!).Finish(), this);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => ReadCore(1, cancellationToken);

    public override bool TryRead(out ReadResult result)
    {
        try
        {
            return _inner.TryRead(out result);
        }
        catch (Exception exception) when (IsQuiet(exception))
        {
            result = new ReadResult(default, isCanceled: false, isCompleted: true);
            return true;
        }
    }

    public override void AdvanceTo(SequencePosition consumed)
    {
        if (consumed.GetObject() is not null)
        {
            _inner.AdvanceTo(consumed);
        }
    }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (consumed.GetObject() is not null)
        {
            _inner.AdvanceTo(consumed, examined);
        }
    }

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

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

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) =>
        ReadCore(Math.Max(minimumSize, 1), cancellationToken);

    private ValueTask<ReadResult> ReadCore(int minimum, CancellationToken cancellationToken)
    {
        if (_completion.IsDone)
        {
            _completion.Reset();
        }

        short version = _completion.Version;
        _minimum = minimum;
        _token = cancellationToken;
        if (_loop.IsCurrent && IsOverBudget())
        {
            // Bytes may be there, but it is others' turn.
            _loop.Post(static input => ((SerialInput)input!).Start(), this);
        }
        else
        {
            Start();
        }

        return new ValueTask<ReadResult>(this, version);
    }

    private bool IsOverBudget()
    {
        if (_turn != _loop.Turn)
        {
            _turn = _loop.Turn;
            _turnOperations = 0;
        }

        return ++_turnOperations > _loop.Options.TurnOperations;
    }

    private void Start()
    {
        _awaiter = (_minimum > 1 ? _inner.ReadAtLeastAsync(_minimum, _token) : _inner.ReadAsync(_token)).GetAwaiter();
        if (_awaiter.IsCompleted)
        {
            Finish();
        }
        else
        {
            _awaiter.UnsafeOnCompleted(_onInnerReady);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the inner read throws belongs to the reader.")]
    private void Finish()
    {
        ReadResult result;
        try
        {
            result = _awaiter.GetResult();
        }
        catch (Exception exception) when (IsQuiet(exception))
        {
            result = new ReadResult(default, isCanceled: false, isCompleted: true);
        }
        catch (Exception exception)
        {
            _connection.OnReadFailed(exception);
            _completion.SetException(exception);
            return;
        }

        _completion.SetResult(result);
    }

    private bool IsQuiet(Exception exception)
    {
        _connection.OnReadFailed(exception);
        return _connection.EndsQuietly && _connection.IsReset;
    }
}
