using System.Buffers;
using System.IO.Pipelines;

namespace VoltageSoda.Edge.Transport.Loop;

// Buffers and the receive call.
internal sealed partial class LoopInput
{
    // Less room than this at the end of a block is left unused: a receive costs the same for few bytes as for many.
    private const int MinRoom = 2048;

    // So many receives in a row must fit the next smaller block before the size goes down.
    private const int ShrinkAfter = 4;

    private int _sizeClass;
    private int _smallReads;

    // An edge has come and no receive has emptied the socket since.
    private bool _mayReceive;

    // A receive that leaves room does not prove that the socket is empty: a FIN may lie behind, or it is a Unix socket,
    // whose receives may stop at a message boundary.
    private bool _drain;

    // End of the stream: FIN, or a reset that ends quietly.
    private bool _ended;

    private long _turn;
    private int _turnOperations;
    private int _turnBytes;

    // A receive that was made ahead of the event that is about to be handled, and its result.
    private Block? _fetched;
    private int _fetchedResult;

    /// <summary>
    /// A buffer for a receive that the loop makes together with others, before it handles the edge that it has seen for this socket;
    /// null when the reader is not waiting for a first byte. To be followed by <see cref="Fetched"/>.
    /// </summary>
    public Block? PrepareFetch()
    {
        if (!_pending || _length != 0 || _completed | _canceled | _ended || _fetched is not null)
        {
            return null;
        }

        _fetched = _loop.Buffers.Rent(_sizeClass);
        return _fetched;
    }

    /// <summary>The result of the receive made ahead: bytes, 0 at the end of the stream, a negative error number, or not done.</summary>
    public void Fetched(int result) => _fetchedResult = result;

    /// <summary>A FIN has arrived: receive until its zero is seen.</summary>
    public void OnHalfClosed() => _drain = true;

    private Take TryTake(int minimum, out ReadResult result)
    {
        if (_completed | _pending)
        {
            ThrowIfBusy();
        }

        if (_canceled)
        {
            _canceled = false;
            result = Build(canceled: true);
            return Take.Ready;
        }

        if (_turn != _loop.Turn)
        {
            _turn = _loop.Turn;
            _turnOperations = 0;
            _turnBytes = 0;
        }

        if (++_turnOperations > _loop.Options.TurnOperations)
        {
            return Yield(out result);
        }

        while (true)
        {
            if (_length > _examined && _length >= minimum)
            {
                result = Build(canceled: false);
                return Take.Ready;
            }

            if (_ended)
            {
                result = Build(canceled: false);
                return Take.Ready;
            }

            if (_connection.Descriptor < 0)
            {
                return End(out result);
            }

            if (!_mayReceive)
            {
                return Wait(out result);
            }

            if (_turnBytes >= _loop.Options.TurnBytes)
            {
                return Yield(out result);
            }

            if (!Receive())
            {
                return _connection.IsReset ? End(out result) : Wait(out result);
            }
        }
    }

    // The connection has had its share of this turn: its reader goes on in the next.
    private Take Yield(out ReadResult result)
    {
        result = default;
        _connection.QueueReevaluation();
        return Take.Wait;
    }

    private static Take Wait(out ReadResult result)
    {
        result = default;
        return Take.Wait;
    }

    private Take End(out ReadResult result)
    {
        if (!_connection.EndsQuietly)
        {
            result = default;
            return Take.Failed;
        }

        _ended = true;
        result = Build(canceled: false);
        return Take.Ready;
    }

    /// <summary>One receive. True when it brought bytes or the end of the stream.</summary>
    private unsafe bool Receive()
    {
        Block? block = _fetched;
        bool isNew = true;
        int room;
        nint received;
        if (block is not null && _fetchedResult != IoRing.NotDone)
        {
            room = block.Room;
            received = _fetchedResult;
        }
        else
        {
            if (block is null)
            {
                block = _tail;
                isNew = block is null || block.Room < MinRoom;
                if (isNew)
                {
                    block = _loop.Buffers.Rent(_sizeClass);
                }
            }

            room = block!.Room;
            received = Libc.Receive(_connection.Descriptor, block.Pointer + block.End, (nuint)room, 0);
            if (received < 0)
            {
                received = -Libc.LastError;
            }
        }

        _fetched = null;
        if (received > 0)
        {
            block.End += (int)received;
            _length += received;
            _turnBytes += (int)received;
            if (isNew)
            {
                Link(block);
            }
            else if (!ReferenceEquals(_head, block))
            {
                block.Publish();
            }

            if (received < room)
            {
                _mayReceive = _drain;
            }

            if (received == room || _sizeClass != BlockPool.Small)
            {
                Resize((int)received, room);
            }

            return true;
        }

        if (isNew)
        {
            _loop.Buffers.Return(block);
        }

        return OnNothingReceived(-(int)received);
    }

    private bool OnNothingReceived(int error)
    {
        switch (error)
        {
            case 0 when !_connection.IsReset:
                _ended = true;
                _connection.OnReceivedFin();
                return true;
            case Libc.Error.Again:
                _mayReceive = false;
                return false;
            case Libc.Error.Interrupted:
                // Nothing was learnt; the next try is the next turn's.
                _connection.QueueReevaluation();
                return false;
            default:
                // The kernel tells of an error once and reports an end of stream from then on: 0 after a reset is the reset.
                _connection.MarkReset();
                return false;
        }
    }

    private void Link(Block block)
    {
        if (_tail is null)
        {
            _head = block;
            _start = 0;
        }
        else
        {
            _tail.Append(block);
            block.Publish();
        }

        _tail = block;
    }

    private void Resize(int received, int room)
    {
        if (received == room)
        {
            _smallReads = 0;
            if (_sizeClass < BlockPool.Large && room >= BlockPool.SmallSize / 2)
            {
                _sizeClass++;
            }
        }
        else if (received > (_sizeClass == BlockPool.Large ? BlockPool.MediumSize : BlockPool.SmallSize) / 4)
        {
            _smallReads = 0;
        }
        else if (++_smallReads >= ShrinkAfter)
        {
            _smallReads = 0;
            _sizeClass--;
        }
    }

    private ReadResult Build(bool canceled)
    {
        ReadOnlySequence<byte> bytes =
            _length == 0 ? ReadOnlySequence<byte>.Empty
            : ReferenceEquals(_head, _tail) ? new ReadOnlySequence<byte>(_head!.Array, _start, (int)_length)
            : new ReadOnlySequence<byte>(_head!, _start, _tail!, _tail!.End);
        return new ReadResult(bytes, canceled, _ended);
    }

    private long OffsetOf(SequencePosition position)
    {
        int index = position.GetInteger() & IndexMask;
        object? holder = position.GetObject();
        if (ReferenceEquals(holder, _head!.Array))
        {
            return index - _start;
        }

        return holder switch
        {
            Block block => block.RunningIndex + index - (_head.RunningIndex + _start),
            null => 0,
            _ => -1,
        };
    }

    private void Consume(long bytes)
    {
        while (true)
        {
            int available = _head!.End - _start;
            if (bytes < available)
            {
                _start += (int)bytes;
                return;
            }

            bytes -= available;
            Block consumed = _head;
            _head = consumed.NextBlock;
            _start = 0;
            _loop.Buffers.Return(consumed);
        }
    }

    private void ReleaseAll()
    {
        Block? block = _head;
        _head = null;
        _tail = null;
        _length = 0;
        _examined = 0;
        while (block is not null)
        {
            Block? next = block.NextBlock;
            _loop.Buffers.Return(block);
            block = next;
        }
    }

    private void DropFetched()
    {
        if (_fetched is { } block)
        {
            _fetched = null;
            _loop.Buffers.Return(block);
        }
    }

    private static void ThrowBadPosition() =>
        throw new InvalidOperationException("A position lies outside the bytes of the last read, or examined lies before consumed.");
}
