namespace VoltageSoda.Edge.LoadTests.Wire;

/// <summary>
/// Walks a chunked body (RFC 9112 section 7.1) over any segmentation, handing out the data between the framing. A mutable struct: keep
/// it in a field, never copy it.
/// </summary>
internal struct ChunkScanner
{
    private const long LargestChunk = 1L << 40;

    private State _state;
    private bool _sized;
    private long _left;

    private enum State : byte
    {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataReturn,
        DataEnd,
        LineStart,
        Line,
        LastEnd,
        Completed,
        Broken,
    }

    /// <summary>Whether the last chunk and the trailers have been read.</summary>
    public readonly bool Completed => _state == State.Completed;

    /// <summary>Whether the framing is invalid; nothing can be read after it.</summary>
    public readonly bool Broken => _state == State.Broken;

    /// <summary>Reads until data, the end of the body or the end of the input, and returns how many bytes of input that took.</summary>
    public int Advance(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> data)
    {
        data = default;
        int at = 0;
        while (at < input.Length && _state < State.Completed)
        {
            if (_state == State.Data)
            {
                int length = (int)Math.Min(_left, input.Length - at);
                data = input.Slice(at, length);
                _left -= length;
                _state = _left == 0 ? State.DataReturn : State.Data;
                return at + length;
            }

            _state = Next(input[at++]);
        }

        return at;
    }

    private State Next(byte value)
    {
        switch (_state)
        {
            case State.Size:
                return ReadSize(value);
            case State.Extension:
                return value == '\r' ? State.SizeEnd : value == '\n' ? State.Broken : State.Extension;
            case State.SizeEnd:
                _sized = false;
                return value != '\n' ? State.Broken : _left == 0 ? State.LineStart : State.Data;
            case State.DataReturn:
                return value == '\r' ? State.DataEnd : State.Broken;
            case State.DataEnd:
                return value == '\n' ? State.Size : State.Broken;
            case State.LineStart:
                return value == '\r' ? State.LastEnd : value == '\n' ? State.Broken : State.Line;
            case State.Line:
                return value == '\n' ? State.LineStart : State.Line;
            default:
                return value == '\n' ? State.Completed : State.Broken;
        }
    }

    private State ReadSize(byte value)
    {
        int digit = value switch
        {
            >= (byte)'0' and <= (byte)'9' => value - '0',
            >= (byte)'a' and <= (byte)'f' => value - 'a' + 10,
            >= (byte)'A' and <= (byte)'F' => value - 'A' + 10,
            _ => -1,
        };
        if (digit >= 0)
        {
            _left = (_left * 16) + digit;
            _sized = true;
            return _left <= LargestChunk ? State.Size : State.Broken;
        }

        return !_sized ? State.Broken
            : value == '\r' ? State.SizeEnd
            : value is (byte)';' or (byte)' ' or (byte)'\t' ? State.Extension
            : State.Broken;
    }
}
