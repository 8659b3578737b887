using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Relay;

/// <summary>
/// The body of one HTTP/1.1 message, read from its connection's pipe. Begins with what was read behind the head and, at the end, leaves
/// what belongs to the next message in the pipe. Reused by its owner; loop-thread only.
/// </summary>
internal sealed class Http1BodySource : BodySource
{
    private readonly HeaderBlock _trailers = new();
    private PipeReader _input = null!;
    private IConnectionLifeSignal? _life;
    private ReadOnlySequence<byte> _whole;
    private ReadOnlySequence<byte> _buffer;
    private ReadOnlyMemory<byte> _segment;
    private ChunkedReader _chunks;
    private BodyKind _kind;
    private long _remaining;
    private long _bytesRead;
    private long _limit;
    private int _pending;
    private bool _holding;
    private bool _inputEnded;
    private bool _complete;
    private bool _canceled;
    private bool _reset;

    public override bool IsComplete => _complete;

    public override long BytesRead => _bytesRead;

    /// <summary>What is wrong after <see cref="BodyEvent.Invalid"/>.</summary>
    public WireError Error { get; private set; }

    /// <summary>Trailer fields of a chunked body, complete at its end.</summary>
    public HeaderBlock Trailers => _trailers;

    /// <summary>Whether the connection was reset, as opposed to closed, after <see cref="BodyEvent.Closed"/>.</summary>
    public bool WasReset => _reset;

    /// <summary>
    /// Begins a body. <paramref name="buffer"/> is what the pipe holds behind the head, of a read that has not been advanced;
    /// <paramref name="ended"/> says that this read was the last. A body above <paramref name="limit"/> bytes is invalid; 0 means none.
    /// </summary>
    public void Begin(
        PipeReader input, IConnectionLifeSignal? life, BodyFraming framing, in ReadOnlySequence<byte> buffer, bool ended, long limit = 0)
    {
        _input = input;
        _life = life;
        _whole = buffer;
        _buffer = buffer;
        _segment = default;
        _kind = framing.Kind;
        _remaining = framing.Length;
        _bytesRead = 0;
        _pending = 0;
        _limit = limit == 0 ? long.MaxValue : limit;
        _holding = true;
        _inputEnded = ended;
        _canceled = false;
        _reset = ended && life is { IsReset: true };
        Error = WireError.None;
        _complete = framing.Kind == BodyKind.None || (framing.Kind == BodyKind.Length && framing.Length == 0);
        if (framing.Kind == BodyKind.Chunked)
        {
            _chunks.Reset();
            _trailers.Clear();
        }
    }

    /// <summary>
    /// Ends the body: gives the read back to the pipe, with everything behind the body left to be read. Call exactly once for each
    /// <see cref="Begin"/>, whether the body was complete or not.
    /// </summary>
    public void End()
    {
        if (_holding)
        {
            _holding = false;
            // Consumed but not examined: what is left is offered again by the next read at once.
            _input.AdvanceTo(_whole.GetPosition(_whole.Length - LeftOver()));
        }

        _whole = default;
        _buffer = default;
        _segment = default;
    }

    /// <summary>Whether bytes behind the body were read already.</summary>
    public bool HasLeftOver => _holding && LeftOver() != 0;

    /// <summary>Whether nobody has read anything of the body yet.</summary>
    public bool IsUntouched => _holding && _segment.IsEmpty && _buffer.Length == _whole.Length;

    /// <summary>Bytes, framing included, that were received and not read.</summary>
    public long Held => _buffer.Length;

    /// <summary>Bytes, framing included, that the last read from the connection gave.</summary>
    public long LastReadBytes { get; private set; }

    /// <summary>Whether the sender ended its side, as far as is known without another read.</summary>
    public bool InputEnded => _inputEnded;

    /// <summary>
    /// Whether all of a body that nobody has begun to read came with its head. Of chunks only the last bytes are looked at: data that ends
    /// like a last chunk passes for one.
    /// </summary>
    public bool IsReceived => _complete || _kind switch
    {
        BodyKind.Length => _remaining <= _buffer.Length,
        BodyKind.Chunked => EndsWithLastChunk(),
        _ => _inputEnded,
    };

    public override BodyEvent TryRead(out ReadOnlyMemory<byte> data)
    {
        data = default;
        while (true)
        {
            if (_complete)
            {
                return BodyEvent.End;
            }

            if (_segment.IsEmpty && !NextSegment())
            {
                if (_canceled)
                {
                    _canceled = false;
                    return BodyEvent.Canceled;
                }

                if (_inputEnded)
                {
                    return AtEndOfInput();
                }

                GiveBack();
                if (!TryReadPipe())
                {
                    return BodyEvent.Blocked;
                }

                continue;
            }

            BodyEvent? found = _kind == BodyKind.Chunked ? TakeChunk(out data) : TakeCounted(out data);
            if (found is { } happened)
            {
                return happened;
            }
        }
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public override async ValueTask WaitAsync()
    {
        try
        {
            Take(await _input.ReadAsync());
        }
        catch (IOException)
        {
            _reset = true;
            _inputEnded = true;
        }
    }

    /// <summary>
    /// Waits for more of a body that <see cref="IsUntouched"/>: what came stays in the pipe and is read later. <see cref="CancelWait"/> ends the wait and
    /// leaves no trace.
    /// </summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public async ValueTask WaitForMoreAsync()
    {
        _input.AdvanceTo(_whole.Start, _whole.End);
        _holding = false;
        try
        {
            Take(await _input.ReadAsync());
            _canceled = false;
        }
        catch (IOException)
        {
            _whole = default;
            _buffer = default;
            _reset = true;
            _inputEnded = true;
        }
    }

    public override void Advance()
    {
        _segment = _segment[_pending..];
        _pending = 0;
    }

    public override void CancelWait() => _input.CancelPendingRead();

    private BodyEvent? TakeCounted(out ReadOnlyMemory<byte> data)
    {
        long length = _kind == BodyKind.Length ? Math.Min(_remaining, _segment.Length) : _segment.Length;
        if (_bytesRead + length > _limit)
        {
            data = default;
            Error = WireError.BodyTooLarge;
            return BodyEvent.Invalid;
        }

        _pending = (int)length;
        data = _segment[.._pending];
        _bytesRead += length;
        if (_kind == BodyKind.Length)
        {
            _remaining -= length;
            _complete = _remaining == 0;
        }

        return BodyEvent.Data;
    }

    private BodyEvent? TakeChunk(out ReadOnlyMemory<byte> data)
    {
        data = default;
        ChunkedStep step = _chunks.Read(_segment.Span, _trailers, out int consumed, out ReadOnlySpan<byte> run, out WireError error);
        switch (step)
        {
            case ChunkedStep.Data:
                // The run is the end of what was consumed.
                _bytesRead += run.Length;
                if (_bytesRead > _limit)
                {
                    Error = WireError.BodyTooLarge;
                    return BodyEvent.Invalid;
                }

                data = _segment.Slice(consumed - run.Length, run.Length);
                _pending = consumed;
                return BodyEvent.Data;
            case ChunkedStep.End:
                _segment = _segment[consumed..];
                _complete = true;
                return BodyEvent.End;
            case ChunkedStep.Refused:
                Error = error;
                return BodyEvent.Invalid;
            default:
                _segment = _segment[consumed..];
                return null;
        }
    }

    private BodyEvent AtEndOfInput()
    {
        if (_kind == BodyKind.UntilClose && !_reset)
        {
            _complete = true;
            return BodyEvent.End;
        }

        Error = WireError.EndOfInput;
        return BodyEvent.Closed;
    }

    private bool NextSegment()
    {
        while (!_buffer.IsEmpty)
        {
            ReadOnlyMemory<byte> first = _buffer.First;
            _segment = first;
            _buffer = _buffer.Slice(first.Length);
            if (!first.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    private bool EndsWithLastChunk()
    {
        ReadOnlySpan<byte> wanted = "0\r\n\r\n"u8;
        if (_buffer.Length < wanted.Length)
        {
            return false;
        }

        Span<byte> end = stackalloc byte[wanted.Length];
        _buffer.Slice(_buffer.Length - wanted.Length).CopyTo(end);
        return end.SequenceEqual(wanted);
    }

    private long LeftOver() => _segment.Length - _pending + _buffer.Length;

    private void GiveBack()
    {
        if (_holding)
        {
            _holding = false;
            _input.AdvanceTo(_whole.End);
        }
    }

    private bool TryReadPipe()
    {
        try
        {
            if (!_input.TryRead(out ReadResult result))
            {
                return false;
            }

            Take(result);
        }
        catch (IOException)
        {
            _reset = true;
            _inputEnded = true;
        }

        return true;
    }

    private void Take(in ReadResult result)
    {
        _holding = true;
        _whole = result.Buffer;
        _buffer = result.Buffer;
        LastReadBytes = result.Buffer.Length;
        _inputEnded = result.IsCompleted;
        _reset |= _inputEnded && _life is { IsReset: true };
        _canceled = result.IsCanceled;
    }
}
