using System.Buffers.Binary;
using System.Buffers.Text;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>Makes the ids of correlation-id (P/correlation-id/handler.lua). One per worker, loop-thread only, allocates nothing.</summary>
internal sealed class CorrelationIds
{
    /// <summary>Room that an id needs at most, bytes.</summary>
    public const int MaxLength = 128;

    private readonly RequestIdGenerator _random = new();
    private readonly byte[] _worker = new byte[36];
    private ulong _counter;

    public CorrelationIds()
    {
        WriteUuid(_worker);
    }

    /// <summary>Writes the next id and returns its length.</summary>
    public int Write(CorrelationGenerator generator, Exchange exchange, Span<byte> destination)
    {
        switch (generator)
        {
            case CorrelationGenerator.Uuid:
                return WriteUuid(destination);
            case CorrelationGenerator.Tracker:
                return WriteTracker(exchange, destination);
            default:
                _worker.CopyTo(destination);
                destination[_worker.Length] = (byte)'#';
                Utf8Formatter.TryFormat(++_counter, destination[(_worker.Length + 1)..], out int digits);
                return _worker.Length + 1 + digits;
        }
    }

    // Version 4 (RFC 9562 section 5.4).
    private int WriteUuid(Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _random.Next());
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _random.Next());
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        new Guid(bytes, bigEndian: true).TryFormat(destination, out int written);
        return written;
    }

    // server address - port - process - connection - request of the connection - seconds with three decimals.
    private static int WriteTracker(Exchange exchange, Span<byte> destination)
    {
        int at = exchange.Downstream is { } connection ? connection.LocalAddress.Format(destination) : 0;
        at += Number(exchange.Connection.ListenerPort, destination[at..]);
        at += Number(Environment.ProcessId, destination[at..]);
        at += Number(exchange.Downstream?.Serial ?? 0, destination[at..]);
        at += Number(exchange.Downstream?.Served ?? 1, destination[at..]);
        at += Number(exchange.UnixSeconds, destination[at..]);
        destination[at++] = (byte)'.';
        Utf8Formatter.TryFormat(exchange.UnixMilliseconds % 1000, destination[at..], out int written, new System.Buffers.StandardFormat('D', 3));
        return at + written;
    }

    private static int Number(long value, Span<byte> destination)
    {
        destination[0] = (byte)'-';
        Utf8Formatter.TryFormat(value, destination[1..], out int written);
        return written + 1;
    }
}
