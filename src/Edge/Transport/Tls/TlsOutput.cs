using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Security;

namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>
/// The output of a <see cref="TlsConnection"/>: what is written is gathered, sealed into records when it is flushed, and sent by one flush of
/// the socket's pipe, whose back-pressure is the caller's. Holds a buffer only while it holds bytes. Loop thread only.
/// </summary>
internal sealed class TlsOutput(TlsConnection connection, SslStream ssl, PipeWriter cipher) : PipeWriter, IGatheringOutput
{
    // Below the 16 KiB of a record (RFC 8446 section 5.1), so that a full buffer is one record and not a full and a tiny one.
    private const int RecordSize = 16_000;

    // Up to here a copy behind what is gathered is cheaper than a record of its own.
    private const int CopyLimit = 4 * 1024;

    private byte[]? _buffer;
    private int _used;
    private long _unflushed;
    private bool _completed;
    private bool _failed;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_used);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_used);
    }

    public override void Advance(int bytes)
    {
        if (_buffer is null || (uint)bytes > (uint)(_buffer.Length - _used))
        {
            throw new ArgumentOutOfRangeException(nameof(bytes), "More was written than there was memory for.");
        }

        _used += bytes;
        _unflushed += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        Seal();
        _unflushed = 0;
        return _failed ? new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: true)) : cipher.FlushAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        Append(source);
        return FlushAsync(cancellationToken);
    }

    public ValueTask<FlushResult> WriteAsync(in ReadOnlySequence<byte> source, CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        foreach (ReadOnlyMemory<byte> part in source)
        {
            Append(part);
        }

        return FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => cipher.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        if (_completed)
        {
            return;
        }

        if (exception is not null)
        {
            _completed = true;
            connection.Abort();
            return;
        }

        Seal();
        _completed = true;
        SayGoodbye();
        cipher.Complete();
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        if (_completed || exception is not null)
        {
            Complete(exception);
            return default;
        }

        Seal();
        _completed = true;
        SayGoodbye();
        return cipher.CompleteAsync();
    }

    /// <summary>The connection is disposed, which sends what is written: the rest, and the goodbye of a side that was not completed.</summary>
    public void Close()
    {
        if (!_completed)
        {
            Seal();
            _completed = true;
            SayGoodbye();
        }

        Release();
    }

    private void Reserve(int sizeHint)
    {
        ThrowIfCompleted();
        int wanted = Math.Max(sizeHint, 1);
        if (_buffer is not null && _buffer.Length - _used < wanted)
        {
            Seal();
        }

        _buffer ??= ArrayPool<byte>.Shared.Rent(Math.Max(RecordSize, wanted));
    }

    private void Append(ReadOnlyMemory<byte> part)
    {
        _unflushed += part.Length;
        if (part.Length > CopyLimit || (_buffer is not null && part.Length > _buffer.Length - _used))
        {
            Seal();
        }

        if (part.Length > CopyLimit)
        {
            Encrypt(part);
            return;
        }

        _buffer ??= ArrayPool<byte>.Shared.Rent(RecordSize);
        part.Span.CopyTo(_buffer.AsSpan(_used));
        _used += part.Length;
    }

    private void Seal()
    {
        if (_buffer is { } buffer)
        {
            if (_used != 0)
            {
                Encrypt(buffer.AsMemory(0, _used));
            }

            Release();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A side that can no longer encrypt shows as IsCompleted, as a socket that is gone does.")]
    private void Encrypt(ReadOnlyMemory<byte> plain)
    {
        if (_failed)
        {
            return;
        }

        try
        {
            ValueTask written = ssl.WriteAsync(plain);

            // The stream below takes everything at once, and renegotiation, which could hold a write back, is off.
            _failed = !written.IsCompleted;
            written.GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            _failed = true;
        }
    }

    // The closing alert: without it the other side cannot tell the end from a cut (RFC 8446 section 6.1).
    [SuppressMessage("Design", "CA1031", Justification = "A connection that is gone needs no goodbye.")]
    private void SayGoodbye()
    {
        if (_failed || connection.IsSocketReset)
        {
            return;
        }

        try
        {
            Task said = ssl.ShutdownAsync();
            _failed = !said.IsCompletedSuccessfully;
        }
        catch (Exception)
        {
            _failed = true;
        }
    }

    private void Release()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _used = 0;
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
        }
    }
}
