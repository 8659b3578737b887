using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Protocol.Buffers;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Relay;

/// <summary>
/// Writes the body of one HTTP/1.1 message into its connection's pipe: counted, chunked, or until close. Reused by its owner; loop-thread
/// only.
/// </summary>
internal sealed class Http1BodySink : BodySink
{
    // Up to here a copy beside the head costs less than another entry in a gathered send.
    private const int CopyLimit = 8 * 1024;
    private const int BufferLimit = 32 * 1024;

    private PipeWriter _output = null!;
    private BodyKind _kind;
    private long _bytesWritten;
    private int _unflushed;
    private bool _failed;

    public override bool HasUnflushed => _unflushed != 0;

    public override long BytesWritten => _bytesWritten;

    /// <summary>How the body's end is told.</summary>
    public BodyKind Kind => _kind;

    /// <summary>Whether a write found the connection gone.</summary>
    public bool HasFailed => _failed;

    /// <summary>Begins a body behind a head of <paramref name="headBytes"/> bytes that is written and not flushed.</summary>
    public void Begin(PipeWriter output, BodyKind kind, int headBytes)
    {
        _output = output;
        _kind = kind;
        _bytesWritten = 0;
        _unflushed = headBytes;
        _failed = false;
    }

    /// <summary>Counts body bytes that the caller put into the output itself.</summary>
    public void Wrote(long bytes)
    {
        _bytesWritten += bytes;
        _unflushed += (int)Math.Min(bytes, int.MaxValue - _unflushed);
    }

    public override bool TryBuffer(ReadOnlySpan<byte> data)
    {
        if (data.Length > CopyLimit || _unflushed + data.Length > BufferLimit)
        {
            return false;
        }

        int framing = _kind == BodyKind.Chunked ? ChunkedWriter.MaxPrefixLength + 2 : 0;
        Span<byte> span = _output.GetSpan(data.Length + framing);
        int used = 0;
        if (framing != 0)
        {
            used = ChunkedWriter.WritePrefix(span, data.Length);
        }

        data.CopyTo(span[used..]);
        used += data.Length;
        if (framing != 0)
        {
            ChunkedWriter.Suffix.CopyTo(span[used..]);
            used += 2;
        }

        _output.Advance(used);
        _unflushed += used;
        _bytesWritten += data.Length;
        return true;
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    public override async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> data)
    {
        if (_kind == BodyKind.Chunked)
        {
            Span<byte> prefix = _output.GetSpan(ChunkedWriter.MaxPrefixLength);
            _output.Advance(ChunkedWriter.WritePrefix(prefix, data.Length));
        }

        bool sent;
        try
        {
            sent = Succeeded(await _output.WriteAsync(data));
        }
        catch (IOException)
        {
            sent = false;
            _failed = true;
        }

        _unflushed = 0;
        _bytesWritten += data.Length;
        if (sent && _kind == BodyKind.Chunked)
        {
            ChunkedWriter.Suffix.CopyTo(_output.GetSpan(2));
            _output.Advance(2);
            _unflushed = 2;
        }

        return sent;
    }

    public override ValueTask<bool> FlushAsync()
    {
        _unflushed = 0;
        try
        {
            ValueTask<FlushResult> flushing = _output.FlushAsync();
            return flushing.IsCompleted ? new ValueTask<bool>(Succeeded(flushing.Result)) : FlushSlowAsync(flushing);
        }
        catch (IOException)
        {
            _failed = true;
            return new ValueTask<bool>(false);
        }
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FlushSlowAsync(ValueTask<FlushResult> flushing)
    {
        try
        {
            return Succeeded(await flushing);
        }
        catch (IOException)
        {
            _failed = true;
            return false;
        }
    }

    public override void Complete(HeaderBlock? trailers)
    {
        if (_kind != BodyKind.Chunked)
        {
            return;
        }

        if (trailers is null || trailers.Count == 0)
        {
            ReadOnlySpan<byte> last = ChunkedWriter.LastChunk;
            last.CopyTo(_output.GetSpan(last.Length));
            _output.Advance(last.Length);
            _unflushed += last.Length;
            return;
        }

        ByteWriter writer = new(_output);
        if (ChunkedWriter.WriteLast(ref writer, trailers) == WireError.None)
        {
            _unflushed += writer.Written;
            writer.Commit();
        }
        else
        {
            writer.Discard();
            Complete(null);
        }
    }

    public override void CancelWait() => _output.CancelPendingFlush();

    private bool Succeeded(in FlushResult result)
    {
        _failed |= result.IsCompleted;
        return !result.IsCompleted && !result.IsCanceled;
    }
}
