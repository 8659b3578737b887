using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>
/// The encrypted side of a <see cref="TlsConnection"/>: the stream that SslStream reads and writes, on the pipes of the socket. During the
/// handshake it may be used from any thread and each call goes to the loop; afterwards on the loop only.
/// </summary>
/// <remarks>
/// A write only copies records into the socket's pipe and so always completes at once; whoever caused it flushes the pipe, which is where
/// back-pressure is felt. A read of no bytes waits for the socket without holding a buffer, as SslStream expects.
/// </remarks>
internal sealed class CipherStream(EventLoop loop, IDuplexPipe transport) : Stream
{
    private readonly PipeReader _input = transport.Input;
    private readonly PipeWriter _output = transport.Output;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The socket's stream has ended, whether or not the other side said goodbye within TLS.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>
    /// Set when the connection is disposed: the pipes below may serve another connection from then on, so nothing is read or written any more.
    /// </summary>
    public bool IsClosed { get; set; }

    /// <summary>The handshake is over: flushes are the business of the plain side from here.</summary>
    public bool IsOpen { get; set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        loop.IsCurrent && !IsClosed && _input.TryRead(out ReadResult read)
            ? new ValueTask<int>(Take(read, buffer.Span))
            : ReadSlowAsync(buffer);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!loop.IsCurrent)
        {
            return WriteSlowAsync(buffer);
        }

        if (!IsClosed)
        {
            _output.Write(buffer.Span);
        }

        return default;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => IsOpen ? Task.CompletedTask : FlushSlowAsync().AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadSlowAsync(Memory<byte> buffer)
    {
        await loop.SwitchTo();
        if (IsClosed)
        {
            HasEnded = true;
            return 0;
        }

        return Take(await _input.ReadAsync(), buffer.Span);
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    private async ValueTask WriteSlowAsync(ReadOnlyMemory<byte> buffer)
    {
        await loop.SwitchTo();
        if (!IsClosed)
        {
            _output.Write(buffer.Span);
        }
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    private async ValueTask FlushSlowAsync()
    {
        await loop.SwitchTo();
        if (IsClosed)
        {
            throw new IOException("The connection was closed.");
        }

        FlushResult flushed = await _output.FlushAsync();
        if (flushed.IsCanceled)
        {
            throw new OperationCanceledException("The handshake was given up.");
        }

        if (flushed.IsCompleted)
        {
            throw new IOException("The peer closed the connection.");
        }
    }

    private int Take(in ReadResult read, Span<byte> into)
    {
        ReadOnlySequence<byte> bytes = read.Buffer;
        if (read.IsCanceled)
        {
            _input.AdvanceTo(bytes.Start);
            throw new OperationCanceledException("The handshake was given up.");
        }

        if (bytes.IsEmpty)
        {
            _input.AdvanceTo(bytes.End);
            HasEnded |= read.IsCompleted;
            return 0;
        }

        int length = (int)Math.Min(bytes.Length, into.Length);
        ReadOnlySequence<byte> taken = bytes.Slice(0, length);
        taken.CopyTo(into);

        // Not examined beyond what was taken: the rest is offered again at once.
        _input.AdvanceTo(taken.End);
        return length;
    }
}
