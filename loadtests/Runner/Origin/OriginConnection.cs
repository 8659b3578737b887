using System.Buffers.Text;
using System.Text;
using VoltageSoda.Edge.LoadTests.Transport;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Origin;

/// <summary>
/// One connection of the origin: reads requests whole, body included, then answers. Understands what proxies send (lengths, chunks,
/// pipelining, <c>Connection: close</c>) and no more. Touched by its loop only.
/// </summary>
internal sealed unsafe class OriginConnection(int descriptor, OriginResponses responses)
{
    private byte[] _partial = [];
    private int _partialLength;
    private ChunkScanner _chunks;
    private long _bodyLeft;
    private bool _chunked;
    private byte[]? _answer;
    private int _sent;
    private bool _closes;
    private bool _held;

    /// <summary>
    /// Reads what has come and answers; false when the connection is over and was closed. <paramref name="ends"/> tells that the peer has
    /// sent its last byte, so that reading must go on until that end is seen.
    /// </summary>
    public bool Advance(Span<byte> buffer, bool ends)
    {
        bool emptied = false;
        while (true)
        {
            if (!Flush(out bool blocked) || (_closes && !blocked && _answer is null))
            {
                return Close();
            }

            if (blocked || (emptied && !_held))
            {
                // Nothing more is read until the peer takes what it asked for, or sends more.
                return true;
            }

            _partial.AsSpan(0, _partialLength).CopyTo(buffer);
            nint count = 0;
            if (!_held)
            {
                fixed (byte* bytes = buffer)
                {
                    count = Native.Receive(descriptor, bytes + _partialLength, buffer.Length - _partialLength, 0);
                }

                if (count < 0 && Native.Error is Native.TryAgain or Native.Interrupted)
                {
                    return true;
                }

                if (count <= 0)
                {
                    return Close();
                }

                emptied = !ends && count < buffer.Length - _partialLength;
            }

            _held = false;
            if (!Consume(buffer[..(_partialLength + (int)count)]))
            {
                return Close();
            }
        }
    }

    private bool Close()
    {
        _ = Native.Close(descriptor);
        return false;
    }

    private bool Consume(ReadOnlySpan<byte> input)
    {
        _partialLength = 0;
        while (!input.IsEmpty && !_closes)
        {
            if (_bodyLeft > 0 || _chunked)
            {
                input = input[SkipBody(input)..];
                if (_chunks.Broken)
                {
                    return false;
                }

                if (_bodyLeft == 0 && !_chunked && !Send())
                {
                    return false;
                }

                continue;
            }

            int end = input.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                return Keep(input);
            }

            Read(input[..(end + 2)]);
            input = input[(end + 4)..];
            if (_bodyLeft == 0 && !_chunked && !Send())
            {
                return false;
            }

            if (_answer is not null && !input.IsEmpty)
            {
                // The peer pipelines faster than it reads: finish the answer first.
                _held = true;
                return Keep(input);
            }
        }

        return true;
    }

    private int SkipBody(ReadOnlySpan<byte> input)
    {
        if (!_chunked)
        {
            int skipped = (int)Math.Min(_bodyLeft, input.Length);
            _bodyLeft -= skipped;
            return skipped;
        }

        int taken = _chunks.Advance(input, out _);
        _chunked = !_chunks.Completed;
        return taken;
    }

    private bool Keep(ReadOnlySpan<byte> input)
    {
        if (input.Length > 64 * 1024)
        {
            _answer = responses.BadRequest;
            _closes = true;
            return true;
        }

        if (_partial.Length < input.Length)
        {
            _partial = new byte[Math.Max(1024, input.Length * 2)];
        }

        input.CopyTo(_partial);
        _partialLength = input.Length;
        return true;
    }

    private void Read(ReadOnlySpan<byte> head)
    {
        int space = head.IndexOf((byte)' ');
        ReadOnlySpan<byte> rest = space < 0 ? [] : head[(space + 1)..];
        int pathEnd = rest.IndexOf((byte)' ');
        _answer = pathEnd <= 0 ? responses.BadRequest : responses.For(rest[..pathEnd], head.StartsWith("HEAD "u8));
        _closes = pathEnd <= 0 || rest[(pathEnd + 1)..].StartsWith("HTTP/1.0"u8);
        _sent = 0;
        _bodyLeft = 0;
        head = head[(head.IndexOf((byte)'\n') + 1)..];
        while (!head.IsEmpty)
        {
            int lineEnd = head.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = head[..lineEnd];
            head = head[(lineEnd + 1)..];
            // Told apart by length first: most fields are neither of the three.
            int colon = line.IndexOf((byte)':');
            if (colon == 14 && Ascii.EqualsIgnoreCase(line[..colon], "content-length"u8))
            {
                _ = Utf8Parser.TryParse(line[(colon + 1)..].Trim((byte)' '), out _bodyLeft, out _);
            }
            else if (colon == 17 && Ascii.EqualsIgnoreCase(line[..colon], "transfer-encoding"u8))
            {
                _chunked = true;
                _chunks = default;
            }
            else if (colon == 10 && Ascii.EqualsIgnoreCase(line[..colon], "connection"u8))
            {
                ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \r"u8);
                _closes = Ascii.EqualsIgnoreCase(value, "close"u8) || (_closes && !Ascii.EqualsIgnoreCase(value, "keep-alive"u8));
            }
        }
    }

    private bool Send() => Flush(out _);

    private bool Flush(out bool blocked)
    {
        blocked = false;
        while (_answer is { } answer && _bodyLeft == 0 && !_chunked)
        {
            nint count;
            fixed (byte* bytes = answer)
            {
                count = Native.Send(descriptor, bytes + _sent, answer.Length - _sent, Native.SendNoSignal);
            }

            if (count < 0)
            {
                blocked = Native.Error == Native.TryAgain;
                return blocked || Native.Error == Native.Interrupted;
            }

            _sent += (int)count;
            if (_sent == answer.Length)
            {
                _answer = null;
            }
        }

        return true;
    }
}
