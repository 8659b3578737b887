using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>What one call of <see cref="ChunkedReader.Read"/> found.</summary>
public enum ChunkedStep : byte
{
    /// <summary>All input was consumed; more is needed.</summary>
    NeedMore,

    /// <summary>A run of body bytes was found; call again for what follows.</summary>
    Data,

    /// <summary>The body ended; bytes behind <c>consumed</c> belong to the next message.</summary>
    End,

    /// <summary>The framing is broken; nothing further may be read.</summary>
    Refused,
}

/// <summary>
/// Reads chunked coding (RFC 9112 section 7.1) byte by byte over spans. Buffers no data: runs point into the input; only an unfinished
/// trailer line is kept, in the trailer block. A mutable struct: keep it in a field and never copy it. Default value is ready to use.
/// </summary>
/// <remarks>
/// Size lines are a small state machine whose verdict depends on the bytes read so far and never on where the input was cut.
/// Extensions are parsed, since a line feed hidden in one makes two readers disagree on every later byte, and then forgotten.
/// </remarks>
public struct ChunkedReader
{
    private const int MaxSizeDigits = 16;
    private const int MaxLineExtension = 256;
    private const int MaxTotalExtension = 16 * 1024;

    // A chunk of one byte costs five bytes of framing; nobody who means well stays above eight for long.
    private const int OverheadFactor = 8;
    private const int OverheadAllowance = 64 * 1024;

    private readonly RequestRules? _rules;
    private State _state;
    private byte _digits;
    private ushort _lineExtension;
    private int _totalExtension;
    private long _size;
    private long _framing;
    private long _data;
    private TrailerReader _trailers;

    /// <summary>Reads bodies of requests under these rules: their policy on underscores holds for trailers too.</summary>
    public ChunkedReader(RequestRules? rules) => _rules = rules;

    private enum State : byte
    {
        Size,
        SizeSpace,
        Extension,
        Quoted,
        QuotedEscape,
        SizeFeed,
        Data,
        DataReturn,
        DataFeed,
        Trailers,
        Ended,
        Broken,
    }

    /// <summary>Body bytes yielded so far.</summary>
    public readonly long DataBytes => _data;

    /// <summary>True when the end of the body was reached.</summary>
    public readonly bool IsEnded => _state == State.Ended;

    /// <summary>
    /// Consumes framing up to and including the next run of data. Call until NeedMore, End or Refused. Every consumed byte is final.
    /// <paramref name="trailers"/> receives the permitted trailer fields: give the same block, empty at first, on every call of one body.
    /// <paramref name="data"/> is the run found, a part of <paramref name="input"/>; empty unless Data is returned.
    /// </summary>
    public ChunkedStep Read(ReadOnlySpan<byte> input, HeaderBlock trailers, out int consumed, out ReadOnlySpan<byte> data, out WireError error)
    {
        consumed = 0;
        data = default;
        error = WireError.None;
        while (consumed < input.Length && _state < State.Trailers)
        {
            if (_state == State.Data)
            {
                int length = (int)Math.Min(_size, input.Length - consumed);
                data = input.Slice(consumed, length);
                consumed += length;
                _data += length;
                _size -= length;
                if (_size == 0)
                {
                    _state = State.DataReturn;
                }

                return ChunkedStep.Data;
            }

            _framing++;
            error = Take(input[consumed++]);
            if (error != WireError.None)
            {
                _state = State.Broken;
                return ChunkedStep.Refused;
            }
        }

        return _state switch
        {
            State.Trailers => ReadTrailers(input, trailers, ref consumed, out error),
            State.Ended => ChunkedStep.End,
            State.Broken => Refuse(out error),
            _ => ChunkedStep.NeedMore,
        };
    }

    /// <summary>Makes the reader ready for the next body.</summary>
    public void Reset() => this = new ChunkedReader(_rules);

    private static ChunkedStep Refuse(out WireError error)
    {
        error = WireError.ChunkSize;
        return ChunkedStep.Refused;
    }

    private ChunkedStep ReadTrailers(ReadOnlySpan<byte> input, HeaderBlock trailers, ref int consumed, out WireError error)
    {
        ParseResult result = _trailers.Read(input[consumed..], trailers, _rules ?? RequestRules.Kong, out int used, out error);
        consumed += used;
        switch (result)
        {
            case ParseResult.Incomplete:
                return ChunkedStep.NeedMore;
            case ParseResult.Complete:
                _state = State.Ended;
                return ChunkedStep.End;
            default:
                _state = State.Broken;
                return ChunkedStep.Refused;
        }
    }

    private WireError Take(byte value) => _state switch
    {
        State.Size => TakeSize(value),
        State.SizeFeed => value == '\n' ? EndSizeLine() : WireError.BadLineEnd,
        State.DataReturn => Expect(value, '\r', State.DataFeed),
        State.DataFeed => Expect(value, '\n', State.Size),
        _ => TakeExtension(value),
    };

    private WireError Expect(byte value, char wanted, State next)
    {
        _state = next;
        return value == wanted ? WireError.None : WireError.ChunkEnd;
    }

    private WireError TakeSize(byte value)
    {
        int digit = HexDigits.Value(value);
        if (digit >= 0)
        {
            // The sixteenth digit may fill 64 bits, of which a length may use 63.
            _size = (_size << 4) | (uint)digit;
            return ++_digits <= MaxSizeDigits && _size >= 0 ? WireError.None : WireError.ChunkSize;
        }

        if (_digits == 0)
        {
            return value == '\n' ? WireError.BadLineEnd : WireError.ChunkSize;
        }

        switch (value)
        {
            case (byte)'\r':
                _state = State.SizeFeed;
                return WireError.None;
            case (byte)'\n':
                return WireError.BadLineEnd;
            case (byte)';' or (byte)' ' or (byte)'\t':
                _state = value == ';' ? State.Extension : State.SizeSpace;
                return CountExtension();
            default:
                return WireError.ChunkSize;
        }
    }

    private WireError TakeExtension(byte value)
    {
        if (value is (byte)'\r' && _state == State.Extension)
        {
            _state = State.SizeFeed;
            return WireError.None;
        }

        if (value is (byte)'\r' or (byte)'\n')
        {
            return _state == State.SizeSpace ? WireError.ChunkSize : WireError.BadLineEnd;
        }

        WireError error = CountExtension();
        if (error != WireError.None)
        {
            return error;
        }

        bool isText = value is (byte)'\t' or (>= 0x20 and not 0x7f);
        switch (_state)
        {
            case State.SizeSpace when value == ';':
                _state = State.Extension;
                return WireError.None;
            case State.SizeSpace:
                return FieldSyntax.IsWhitespace(value) ? WireError.None : WireError.ChunkSize;
            case State.Extension:
                _state = value == '"' ? State.Quoted : State.Extension;
                return isText && value < 0x80 ? WireError.None : WireError.ChunkExtension;
            case State.Quoted:
                _state = value == '"' ? State.Extension : value == '\\' ? State.QuotedEscape : State.Quoted;
                return isText ? WireError.None : WireError.ChunkExtension;
            default:
                _state = State.Quoted;
                return isText ? WireError.None : WireError.ChunkExtension;
        }
    }

    private WireError CountExtension() =>
        ++_lineExtension > MaxLineExtension || ++_totalExtension > MaxTotalExtension ? WireError.ChunkExtensionTooLong : WireError.None;

    private WireError EndSizeLine()
    {
        // framing > factor * data + allowance, without a product that could overflow: rounded up, the quotient decides the same.
        if ((_framing - OverheadAllowance + OverheadFactor - 1) / OverheadFactor > _data)
        {
            return WireError.ChunkOverhead;
        }

        _digits = 0;
        _lineExtension = 0;
        _state = _size == 0 ? State.Trailers : State.Data;
        return WireError.None;
    }
}
