using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>
/// The decrypted input of a <see cref="TlsConnection"/>: a PipeReader that holds a buffer only while it holds bytes. Loop thread only, one
/// reader at a time.
/// </summary>
/// <remarks>
/// Waiting is one SslStream read of no bytes, begun by the first reader that finds nothing and left running until it completes: it lets
/// SslStream handle tickets, key updates and the closing alert while nobody reads, and costs neither side a buffer.
/// </remarks>
internal sealed class TlsInput : PipeReader, IValueTaskSource<ReadResult>
{
    // A record's plaintext is at most 16 KiB (RFC 8446 section 5.1).
    private const int BlockSize = 16 * 1024;

    // The top bit of an index marks the end of an array-backed sequence.
    private const int IndexMask = int.MaxValue;

    private readonly TlsConnection _connection;
    private readonly SslStream _ssl;
    private readonly CipherStream _cipher;
    private readonly Action _onArrived;
    private LoopCompletion<ReadResult> _completion;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _arrival;
    private byte[]? _buffer;
    private int _start;
    private int _end;

    // How many of the unconsumed bytes the last AdvanceTo had seen: a read waits for more than these.
    private int _examined;
    private int _minimum;
    private bool _arriving;
    private bool _pending;
    private bool _canceled;
    private bool _completed;
    private bool _ended;
    private Exception? _fault;

    public TlsInput(TlsConnection connection, SslStream ssl, CipherStream cipher)
    {
        _connection = connection;
        _ssl = ssl;
        _cipher = cipher;
        _onArrived = OnArrived;
    }

    /// <summary>SslStream is inside a read, so that it must not be disposed yet.</summary>
    public bool IsArriving => _arriving;

    private int Length => _end - _start;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => ReadCore(1);

    public override bool TryRead(out ReadResult result)
    {
        if (TryTake(1, out result))
        {
            return true;
        }

        if (Length > 0)
        {
            result = Build(canceled: false);
            return true;
        }

        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_buffer is null)
        {
            return;
        }

        int from = IndexOf(consumed);
        int seen = IndexOf(examined);
        if (from < _start || seen < from || seen > _end)
        {
            throw new InvalidOperationException("A position lies outside the bytes of the last read, or examined lies before consumed.");
        }

        _start = from;
        _examined = seen - from;
        if (_start == _end)
        {
            Release();
        }
    }

    public override void CancelPendingRead()
    {
        _canceled = true;
        if (_pending)
        {
            // Not inline: the caller must not find itself below the reader's continuation.
            _connection.Loop.Post(static input => Unsafe.As<TlsInput>(input!).Resume(), this);
        }
    }

    public override void Complete(Exception? exception = null)
    {
        _completed = true;
        Release();
    }

    /// <summary>The connection was disposed: a read that still waits ends, and SslStream with it as soon as it is left.</summary>
    public void Close()
    {
        _ended = true;
        Release();
        if (_pending)
        {
            _connection.Loop.Post(static input => Unsafe.As<TlsInput>(input!).Resume(), this);
        }
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
        _completion.OnCompleted(continuation, state, token, flags, _connection.Loop);

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) =>
        ReadCore(Math.Max(minimumSize, 1));

    private ValueTask<ReadResult> ReadCore(int minimum)
    {
        if (TryTake(minimum, out ReadResult result))
        {
            return new ValueTask<ReadResult>(result);
        }

        _minimum = minimum;
        if (_completion.IsDone)
        {
            // The last result was never awaited.
            _completion.Reset();
        }

        _pending = true;
        return new ValueTask<ReadResult>(this, _completion.Version);
    }

    private void Resume()
    {
        if (!_pending)
        {
            return;
        }

        _pending = false;
        ReadResult result;
        try
        {
            if (!TryTake(_minimum, out result))
            {
                _pending = true;
                return;
            }
        }
        catch (IOException fault)
        {
            _completion.SetException(fault);
            return;
        }

        _completion.SetResult(result);
    }

    private bool TryTake(int minimum, out ReadResult result)
    {
        if (_completed | _pending)
        {
            ThrowIfBusy();
        }

        if (_canceled)
        {
            _canceled = false;
            result = Build(canceled: true);
            return true;
        }

        while (true)
        {
            if (_ended || (Length > _examined && Length >= minimum))
            {
                if (_fault is { } fault && Length <= _examined)
                {
                    throw new IOException(fault.Message, fault);
                }

                result = Build(canceled: false);
                return true;
            }

            if (_arriving || !Arrive())
            {
                result = default;
                return false;
            }
        }
    }

    // True when bytes came in or the input ended.
    private bool Arrive()
    {
        ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter arrival;
        try
        {
            arrival = _ssl.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false).GetAwaiter();
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            End(exception);
            return true;
        }

        if (arrival.IsCompleted)
        {
            Receive(ref arrival);
            return true;
        }

        _arrival = arrival;
        _arriving = true;
        arrival.UnsafeOnCompleted(_onArrived);
        return false;
    }

    private void OnArrived()
    {
        _arriving = false;
        ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter arrival = _arrival;
        _arrival = default;
        Receive(ref arrival);
        if (_connection.IsDisposed)
        {
            _connection.DisposeSsl();
            return;
        }

        Resume();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever TLS or the socket throws ends this input and nothing else.")]
    private void Receive(ref ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter arrival)
    {
        try
        {
            _ = arrival.GetResult();
            if (_connection.IsDisposed)
            {
                _ended = true;
                return;
            }

            // Until now only the closing alert can have ended the stream; the socket's own end is known by its flag.
            bool cut = _cipher.HasEnded;
            MakeRoom();
            ValueTask<int> read = _ssl.ReadAsync(_buffer.AsMemory(_end));
            if (!read.IsCompleted)
            {
                throw new IOException("A record that had arrived could not be read.");
            }

            int received = read.Result;
            _end += received;
            if (received == 0)
            {
                _ended = true;
                _connection.OnInputEnded(isCut: cut);
                ReleaseIfEmpty();
            }
        }
        catch (Exception exception)
        {
            End(exception);
        }
    }

    // A record that fails to decrypt, a cut inside a record, a reset: nothing that follows can be trusted.
    private void End(Exception exception)
    {
        _ended = true;
        _fault = _connection.EndsQuietly ? null : exception;
        _connection.OnInputEnded(isCut: true);
        ReleaseIfEmpty();
    }

    private void MakeRoom()
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
            _start = 0;
            _end = 0;
            return;
        }

        if (_buffer.Length - _end >= BlockSize / 4)
        {
            return;
        }

        int length = Length;
        byte[] larger = length <= _buffer.Length / 2 ? _buffer : ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        Buffer.BlockCopy(_buffer, _start, larger, 0, length);
        if (!ReferenceEquals(larger, _buffer))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _start = 0;
        _end = length;
    }

    private ReadResult Build(bool canceled) => new(
        Length == 0 ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_buffer!, _start, Length), canceled, _ended);

    private int IndexOf(SequencePosition position) => position.GetObject() switch
    {
        byte[] array when ReferenceEquals(array, _buffer) => position.GetInteger() & IndexMask,
        null => _start,
        _ => -1,
    };

    private void ReleaseIfEmpty()
    {
        if (_start == _end)
        {
            Release();
        }
    }

    private void Release()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _start = 0;
        _end = 0;
        _examined = 0;
    }

    private void ThrowIfBusy()
    {
        if (_completed)
        {
            throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
        }

        throw new InvalidOperationException("Concurrent reads are not supported.");
    }
}
