using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;

namespace VoltageSoda.Edge.Transport.Loop;

// Buffers and the send calls.
internal sealed unsafe partial class LoopOutput
{
    // Up to this a copy behind what is buffered costs less than a second entry in an I/O vector.
    private const int CopyLimit = 4096;

    private const int MaxVectors = 16;
    private const int MaxExternalVectors = 4;

    // More than this is sent at once: deferred, it would be memory that no flush has waited for.
    private const int DeferLimit = 16 * 1024;

    /// <summary>
    /// Adds what is written to the loop's next batch of sends. False when it must be sent at once: much of it, or behind bytes which
    /// the socket has not taken.
    /// </summary>
    private bool Defer(long older)
    {
        if (_deferred)
        {
            return _unsent <= DeferLimit;
        }

        if (older != 0 || _unsent == 0 || _unsent > DeferLimit || !ReferenceEquals(_head, _tail) || _connection.IsSendingOver)
        {
            return false;
        }

        _deferred = true;
        _loop.Defer(this);
        return true;
    }

    /// <summary>
    /// Queues the deferred bytes in the ring and gives their place there; -1 when they were sent without it or are gone. To be followed by
    /// <see cref="OnSent"/>.
    /// </summary>
    public int QueueDeferred(IoRing ring)
    {
        _deferred = false;
        if (_unsent == 0 || _pending)
        {
            // Sent or dropped since, or a flush waits for the socket and goes on with the next edge.
            return -1;
        }

        if (_hasExternal || !ReferenceEquals(_head, _tail) || _connection.IsSendingOver)
        {
            OnSent(IoRing.NotDone);
            return -1;
        }

        return ring.Send(_connection.Descriptor, _head!.Pointer + _start, (int)_unsent);
    }

    /// <summary>What became of the deferred send: bytes, a negative error number, or not done. What is left waits for an edge.</summary>
    public void OnSent(int result)
    {
        if (result == _unsent)
        {
            Release(_head!);
            return;
        }

        if (result != IoRing.NotDone && !Account(result, -result))
        {
            _connection.EnsureWatched();
            return;
        }

        if (!TrySendRest())
        {
            _connection.EnsureWatched();
        }
    }

    /// <summary>Sends what is deferred when nothing else is.</summary>
    public void SendAlone()
    {
        _deferred = false;
        if (_unsent > 0 && !_pending && !TrySend())
        {
            _connection.EnsureWatched();
        }
    }

    /// <summary>Sends what is deferred now, for want of a later turn.</summary>
    public void SendDeferred()
    {
        if (_deferred && _unsent > 0 && !_pending)
        {
            _ = TrySend();
        }
    }

    private bool IsBetterCopied(int length) =>
        length == 0 || (length <= CopyLimit && _tail is not null && _unsent > 0 && _tail.Room >= length);

    private Block Reserve(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (_completed)
        {
            throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
        }

        if (_hasExternal)
        {
            // What is written now follows what a waiting WriteAsync has not sent yet.
            KeepExternal();
        }

        _reserved = true;
        Block? tail = _tail;
        if (tail is not null && tail.Room >= Math.Max(sizeHint, 1))
        {
            return tail;
        }

        Block block = _loop.Buffers.RentFor(sizeHint);
        if (tail is null)
        {
            _head = block;
            _start = 0;
        }
        else
        {
            tail.Append(block);
        }

        _tail = block;
        return block;
    }

    private void Copy(ReadOnlySpan<byte> source)
    {
        if (!source.IsEmpty)
        {
            source.CopyTo(GetSpan(source.Length));
            Advance(source.Length);
        }
    }

    private void Copy(in ReadOnlySequence<byte> source)
    {
        foreach (ReadOnlyMemory<byte> part in source)
        {
            this.Write(part.Span);
        }
    }

    // One send without any book-keeping; an error shows again in the next one, which handles it.
    private nint SendDirect(ReadOnlySpan<byte> source)
    {
        if (_connection.IsSendingOver)
        {
            return -1;
        }

        fixed (byte* pointer = source)
        {
            return Libc.Send(_connection.Descriptor, pointer, (nuint)source.Length, Libc.MsgNoSignal);
        }
    }

    // Sends what is buffered and then the caller's memory, which stays his until the result completes.
    private ValueTask<FlushResult> SendThrough(in ReadOnlySequence<byte> source)
    {
        if (_pending | _completed | _canceled)
        {
            if (_pending || _completed)
            {
                // Throws; nothing was taken.
                TakeCanceled(out _);
            }

            // The canceled flush of a pipe keeps what was written.
            Copy(source);
            _ = TakeCanceled(out FlushResult canceled);
            return new ValueTask<FlushResult>(canceled);
        }

        _reserved = false;
        _unflushed = 0;
        _external = source;
        _hasExternal = true;
        _unsent += source.Length;
        return TrySend() ? new ValueTask<FlushResult>(Build(canceled: false)) : Wait();
    }

    /// <summary>Sends all it can. True when nothing is left, be it sent or lost with the connection.</summary>
    private bool TrySend()
    {
        // One block is the usual case.
        Block? head = _head;
        if (head is not null && !_hasExternal && ReferenceEquals(head, _tail) && _unsent > 0 && !_connection.IsSendingOver)
        {
            nint sent = Libc.Send(_connection.Descriptor, head.Pointer + _start, (nuint)_unsent, Libc.MsgNoSignal);
            if (sent == _unsent)
            {
                Release(head);
                return true;
            }

            if (!Account(sent))
            {
                return _unsent == 0;
            }
        }

        return TrySendRest();
    }

    private bool TrySendRest()
    {
        while (_unsent > 0)
        {
            if (_connection.IsSendingOver)
            {
                Drop();
                return true;
            }

            if (!Account(SendVector()))
            {
                return _unsent == 0;
            }
        }

        if (_head is not null && !_reserved)
        {
            // Memory was asked for and nothing written.
            Drop();
        }

        return true;
    }

    // The last block is empty: give it back, unless the caller is writing into it.
    private void Release(Block block)
    {
        _unsent = 0;
        if (_reserved)
        {
            _start = block.End;
            return;
        }

        _head = null;
        _tail = null;
        _start = 0;
        _loop.Buffers.Return(block);
    }

    /// <summary>Bytes of partial and of resumed sends, in the life of this object: what moves while a flush waits.</summary>
    public long BytesMoved { get; private set; }

    /// <summary>Takes note of a send's result. False when it makes no sense to send again now.</summary>
    private bool Account(nint sent) => Account(sent, sent < 0 ? Libc.LastError : Libc.Error.Again);

    private bool Account(nint sent, int error)
    {
        if (sent > 0)
        {
            BytesMoved += sent;
            Consume(sent);
            return true;
        }

        switch (error)
        {
            case Libc.Error.Again:
                return false;
            case Libc.Error.Interrupted:
                return true;
            case Libc.Error.NoBuffers:
            case Libc.Error.NoMemory:
                // No edge announces kernel memory; look again next turn.
                _connection.QueueReevaluation();
                return false;
            default:
                _connection.MarkSendingOver();
                Drop();
                return false;
        }
    }

    private nint SendVector()
    {
        Libc.IoVector* vectors = stackalloc Libc.IoVector[MaxVectors];
        int count = 0;
        int offset = _start;
        Block? block = _head;
        for (; block is not null && count < MaxVectors - MaxExternalVectors; block = block.NextBlock)
        {
            if (block.End > offset)
            {
                vectors[count].Base = block.Pointer + offset;
                vectors[count++].Length = (nuint)(block.End - offset);
            }

            offset = 0;
        }

        if (block is not null || !_hasExternal)
        {
            return Send(vectors, count);
        }

        SequencePosition position = _external.Start;
        ReadOnlySpan<byte> first = NextExternal(ref position);
        ReadOnlySpan<byte> second = NextExternal(ref position);
        ReadOnlySpan<byte> third = NextExternal(ref position);
        ReadOnlySpan<byte> fourth = NextExternal(ref position);
        fixed (byte* firstPointer = first, secondPointer = second, thirdPointer = third, fourthPointer = fourth)
        {
            Add(vectors, ref count, firstPointer, first.Length);
            Add(vectors, ref count, secondPointer, second.Length);
            Add(vectors, ref count, thirdPointer, third.Length);
            Add(vectors, ref count, fourthPointer, fourth.Length);
            return Send(vectors, count);
        }
    }

    private nint Send(Libc.IoVector* vectors, int count)
    {
        Debug.Assert(count > 0, "There is something to send.");
        if (count == 1)
        {
            return Libc.Send(_connection.Descriptor, vectors->Base, vectors->Length, Libc.MsgNoSignal);
        }

        Libc.MessageHeader message = default;
        message.Vectors = vectors;
        message.VectorCount = (nuint)count;
        return Libc.SendMessage(_connection.Descriptor, &message, Libc.MsgNoSignal);
    }

    private static void Add(Libc.IoVector* vectors, ref int count, byte* pointer, int length)
    {
        if (length > 0)
        {
            vectors[count].Base = pointer;
            vectors[count++].Length = (nuint)length;
        }
    }

    private ReadOnlySpan<byte> NextExternal(ref SequencePosition position)
    {
        while (position.GetObject() is not null && _external.TryGet(ref position, out ReadOnlyMemory<byte> memory))
        {
            if (!memory.IsEmpty)
            {
                return memory.Span;
            }
        }

        return default;
    }

    private void Consume(long bytes)
    {
        _unsent -= bytes;
        while (_head is { } head)
        {
            int available = head.End - _start;
            if (bytes < available)
            {
                _start += (int)bytes;
                return;
            }

            bytes -= available;
            if (ReferenceEquals(head, _tail) && _reserved)
            {
                _start = head.End;
                break;
            }

            _head = head.NextBlock;
            _tail = _head is null ? null : _tail;
            _start = 0;
            _loop.Buffers.Return(head);
        }

        if (bytes > 0)
        {
            _external = _external.Slice(bytes);
        }

        if (_unsent == 0)
        {
            ForgetExternal();
        }
    }

    // The caller gets his memory back before it was sent: what is left of it moves here.
    private void KeepExternal()
    {
        if (!_hasExternal)
        {
            return;
        }

        ReadOnlySequence<byte> rest = _external;
        ForgetExternal();
        _unsent -= rest.Length;
        long unflushed = _unflushed;
        bool completed = _completed;
        _completed = false;
        Copy(rest);
        _completed = completed;
        _unflushed = unflushed;
        _reserved = false;
    }

    private void ForgetExternal()
    {
        if (_hasExternal)
        {
            _hasExternal = false;
            _external = default;
        }
    }

    private void SendFin()
    {
        _finWhenSent = false;
        _connection.ShutdownSending();
    }

    private void Drop()
    {
        ForgetExternal();
        _unsent = 0;
        _unflushed = 0;
        while (_head is { } head)
        {
            if (_reserved && ReferenceEquals(head, _tail))
            {
                // The caller is writing into it.
                _start = head.End;
                return;
            }

            _head = head.NextBlock;
            _loop.Buffers.Return(head);
        }

        _tail = null;
        _start = 0;
        _reserved = false;
    }
}
