using System.Buffers;
using System.Buffers.Text;
using System.Text;
using VoltageSoda.Edge.LoadTests.Model;

namespace VoltageSoda.Edge.LoadTests.Wire;

/// <summary>
/// Reads and checks the answers of one connection, one after another, over any segmentation. A wrong status, field or body is noted and
/// the answer read to its end, so that the connection stays usable. Allocates nothing once the largest head has been seen; single-threaded.
/// </summary>
internal sealed class ResponseReader
{
    private const int LargestHead = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _head = new();
    private ChunkScanner _chunks;
    private Framing _framing;
    private Expectation _expectation = new();
    private ReadOnlyMemory<byte> _reference;
    private bool _comparesBody;
    private bool _isHead;
    private long _length;
    private long _received;

    private enum Framing
    {
        Head,
        Length,
        Chunked,
        UntilClose,
        Ended,
    }

    /// <summary>Receives the body bytes, for the first answer of a run.</summary>
    public IBufferWriter<byte>? Capture { get; init; }

    /// <summary>What was wrong with the answer, so far.</summary>
    public ResponseFault Fault { get; private set; }

    /// <summary>The status code, once the head is read.</summary>
    public int Status { get; private set; }

    /// <summary>Whether the connection can carry another request; valid after completion.</summary>
    public bool KeepAlive { get; private set; }

    /// <summary>Whether any byte of the current answer has arrived.</summary>
    public bool Started => _framing != Framing.Head || _head.WrittenCount > 0;

    /// <summary>Prepares for the answer to a request. <paramref name="reference"/> is the body that must come, or null.</summary>
    public void Begin(Expectation expectation, bool isHead, ReadOnlyMemory<byte>? reference)
    {
        _expectation = expectation;
        _isHead = isHead;
        _comparesBody = reference is not null && !isHead;
        _reference = reference.GetValueOrDefault();
        _head.ResetWrittenCount();
        _framing = Framing.Head;
        _received = 0;
        Status = 0;
        Fault = ResponseFault.None;
        KeepAlive = false;
    }

    /// <summary>Reads bytes that arrived. When the answer completes, <paramref name="consumed"/> tells where it ended.</summary>
    public ReadStatus Feed(ReadOnlySpan<byte> input, out int consumed)
    {
        consumed = 0;
        while (_framing == Framing.Head && consumed < input.Length)
        {
            if (!ReadHead(input[consumed..], out int taken))
            {
                consumed = input.Length;
                return ReadStatus.Broken;
            }

            consumed += taken;
        }

        while (_framing is not (Framing.Head or Framing.Ended) && consumed < input.Length)
        {
            ReadOnlySpan<byte> data;
            if (_framing == Framing.Chunked)
            {
                consumed += _chunks.Advance(input[consumed..], out data);
                if (_chunks.Broken)
                {
                    Note(ResponseFault.Malformed);
                    return ReadStatus.Broken;
                }
            }
            else
            {
                long wanted = _framing == Framing.Length ? _length - _received : long.MaxValue;
                data = input.Slice(consumed, (int)Math.Min(wanted, input.Length - consumed));
                consumed += data.Length;
            }

            Take(data);
            if (_framing == Framing.Chunked ? _chunks.Completed : _framing == Framing.Length && _received == _length)
            {
                End();
            }
        }

        return _framing == Framing.Ended ? ReadStatus.Complete : ReadStatus.Incomplete;
    }

    /// <summary>Tells that the peer sends no more. Only an answer without a length ends so; any other was cut off.</summary>
    public ReadStatus FeedEnd()
    {
        if (_framing == Framing.UntilClose)
        {
            End();
            return ReadStatus.Complete;
        }

        Note(ResponseFault.Closed);
        return ReadStatus.Broken;
    }

    private void Take(ReadOnlySpan<byte> data)
    {
        Capture?.Write(data);
        if (_comparesBody && Fault != ResponseFault.Body)
        {
            bool fits = _received + data.Length <= _reference.Length;
            if (!fits || !data.SequenceEqual(_reference.Span.Slice((int)_received, data.Length)))
            {
                Note(fits ? ResponseFault.Body : ResponseFault.Length);
            }
        }

        _received += data.Length;
    }

    private void End()
    {
        bool wrongLength = (_comparesBody && _received != _reference.Length)
            || (_expectation.BodyLength is { } length && !_isHead && _received != length);
        if (wrongLength)
        {
            Note(ResponseFault.Length);
        }

        _framing = Framing.Ended;
    }

    private void Note(ResponseFault fault) => Fault = Fault == ResponseFault.None ? fault : Fault;

    private bool ReadHead(ReadOnlySpan<byte> input, out int taken)
    {
        ReadOnlySpan<byte> head;
        int end = _head.WrittenCount == 0 ? input.IndexOf("\r\n\r\n"u8) : -1;
        if (end >= 0)
        {
            head = input[..(end + 2)];
            taken = end + 4;
        }
        else
        {
            // Only a head that came in pieces is copied.
            int before = _head.WrittenCount;
            _head.Write(input);
            int from = Math.Max(before - 3, 0);
            end = _head.WrittenSpan[from..].IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                taken = input.Length;
                bool tooLarge = _head.WrittenCount > LargestHead;
                Note(tooLarge ? ResponseFault.Malformed : ResponseFault.None);
                return !tooLarge;
            }

            head = _head.WrittenSpan[..(from + end + 2)];
            taken = from + end + 4 - before;
        }

        if (!ParseHead(head))
        {
            Note(ResponseFault.Malformed);
            return false;
        }

        _head.ResetWrittenCount();
        return true;
    }

    private bool ParseHead(ReadOnlySpan<byte> head)
    {
        // "HTTP/1.1 200" and whatever reason follows.
        if (head.Length < 14 || !head.StartsWith("HTTP/1."u8) || head[8] != ' '
            || !Utf8Parser.TryParse(head.Slice(9, 3), out int status, out int digits) || digits != 3 || status < 100)
        {
            return false;
        }

        bool keepAlive = head[7] != '0';
        bool chunked = false;
        long length = -1;
        ulong satisfied = 0;
        head = head[(head.IndexOf((byte)'\n') + 1)..];
        while (!head.IsEmpty)
        {
            int lineEnd = head.IndexOf("\r\n"u8);
            int colon = head.IndexOf((byte)':');
            if (colon <= 0 || colon > lineEnd)
            {
                return false;
            }

            ReadOnlySpan<byte> name = head[..colon];
            ReadOnlySpan<byte> value = head[(colon + 1)..lineEnd].Trim(" \t"u8);
            head = head[(lineEnd + 2)..];
            if (name.Length == 14 && Ascii.EqualsIgnoreCase(name, "content-length"u8))
            {
                if (length >= 0 || !Utf8Parser.TryParse(value, out length, out int used) || used != value.Length || length < 0)
                {
                    return false;
                }
            }
            else if (name.Length == 17 && Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            {
                chunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
                if (!chunked)
                {
                    return false;
                }
            }
            else if (name.Length == 10 && Ascii.EqualsIgnoreCase(name, "connection"u8))
            {
                keepAlive = Ascii.EqualsIgnoreCase(value, "keep-alive"u8) || (keepAlive && !Ascii.EqualsIgnoreCase(value, "close"u8));
            }

            for (int i = 0; i < _expectation.Headers.Count; i++)
            {
                satisfied |= _expectation.Headers[i].Matches(name, value) ? 1UL << i : 0;
            }
        }

        if (status is >= 100 and < 200)
        {
            // An interim answer; the real one follows.
            return status != 101;
        }

        if (chunked && length >= 0)
        {
            return false;
        }

        Accept(status, keepAlive, chunked, length, satisfied);
        return true;
    }

    private void Accept(int status, bool keepAlive, bool chunked, long length, ulong satisfied)
    {
        Status = status;
        KeepAlive = keepAlive;
        if (status != _expectation.Status)
        {
            Note(ResponseFault.Status);
            // The body of another answer than the expected one is not worth a complaint of its own.
            _comparesBody = false;
        }
        else if (System.Numerics.BitOperations.PopCount(satisfied) != _expectation.Headers.Count)
        {
            Note(ResponseFault.Header);
        }

        _length = length;
        if (_isHead || status is 204 or 304 || (length == 0 && !chunked))
        {
            End();
        }
        else if (chunked)
        {
            _chunks = default;
            _framing = Framing.Chunked;
        }
        else if (length > 0)
        {
            _framing = Framing.Length;
        }
        else
        {
            _framing = Framing.UntilClose;
            KeepAlive = false;
        }
    }
}
