namespace VoltageSoda.Edge.Telemetry;

/// <summary>The portable sink: a stream, and for a file the end of it at each write, so that a truncated log does not get a hole.</summary>
internal sealed class StreamSink(Stream stream, string? path) : LogSink
{
    private Stream _stream = stream;

    public static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException(denied.Message, denied);
        }
    }

    public override void Write(ReadOnlySpan<byte> lines)
    {
        if (path is not null && _stream.CanSeek)
        {
            _stream.Seek(0, SeekOrigin.End);
        }

        _stream.Write(lines);
        _stream.Flush();
    }

    public override void Reopen()
    {
        if (path is not null)
        {
            FileStream next = OpenFile(path);
            _stream.Dispose();
            _stream = next;
        }
    }

    public override void Dispose() => _stream.Dispose();
}
