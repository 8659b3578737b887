using System.Net;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Telemetry.MeshLog;

/// <summary>
/// Writes lines of a compiled <see cref="LogFormat"/>. One per writing thread: it keeps the text of the current second. A line that would
/// grow beyond its room ends there.
/// </summary>
internal sealed class MeshLogFormatter(QueryMask mask)
{
    // Every byte of a value may take four, and a list of flags less than a value.
    private const int WorstPart = (LineWriter.Cut * 5) + 64;

    /// <summary>Room that holds a line of so many operators, whatever their values.</summary>
    public static int RoomOf(int operators) => WorstPart * (operators + 1);

    private readonly byte[] _second = new byte[19];
    private long _secondOf = long.MinValue;

    public int Format(Span<byte> room, LogFormat format, in MeshLogLine line)
    {
        LineWriter writer = new(room);
        foreach (LogSegment segment in format.Segments)
        {
            if (room.Length - writer.Length < Math.Max(WorstPart, segment.Text.Length + 2))
            {
                writer.Raw((byte)'\n');
                break;
            }

            if (segment.Operator == LogOperator.Literal)
            {
                writer.Raw(segment.Text);
            }
            else if (!format.IsJson || !segment.IsLone)
            {
                Part(ref writer, segment, in line, format.IsJson);
            }
            else
            {
                Lone(ref writer, segment, in line);
            }
        }

        return writer.Length;
    }

    // A value of its own in JSON: typed, and null where it is missing.
    private void Lone(ref LineWriter writer, LogSegment segment, in MeshLogLine line)
    {
        int start = writer.Length;
        bool isNumber = LogOperators.IsNumber(segment.Operator);
        if (!isNumber)
        {
            writer.Raw((byte)'"');
        }

        if (!Part(ref writer, segment, in line, json: true))
        {
            writer.Truncate(start);
            writer.Raw("null"u8);
        }
        else if (!isNumber)
        {
            writer.Raw((byte)'"');
        }
    }

    // False when the value is missing.
    private bool Part(ref LineWriter writer, LogSegment segment, in MeshLogLine line, bool json)
    {
        switch (segment.Operator)
        {
            case LogOperator.StartTime:
                StartTime(ref writer, segment, line.StartUnixMilliseconds);
                return true;
            case LogOperator.RequestField:
                return RequestField(ref writer, segment, in line, json);
            case LogOperator.RequestFieldWithoutQuery:
                ReadOnlySpan<byte> whole = Find(segment.Text, segment.Alternative, in line);
                int query = whole.IndexOf((byte)'?');
                return Value(ref writer, query < 0 ? whole : whole[..query], segment.Cut, json);
            case LogOperator.ResponseField when segment.Text.AsSpan().SequenceEqual(":status"u8):
                return Number(ref writer, line.Status == 0 ? -1 : line.Status);
            case LogOperator.ResponseField:
                ReadOnlySpan<byte> field = Field(line.ResponseFields, segment.Text);
                return Value(ref writer, field.IsEmpty && segment.Alternative.Length != 0 ? Field(line.ResponseFields, segment.Alternative) : field, segment.Cut, json);
            case LogOperator.ResponseTrailer:
                ReadOnlySpan<byte> trailer = Field(line.ResponseTrailers, segment.Text);
                return Value(ref writer, trailer.IsEmpty ? Field(line.ResponseTrailers, segment.Alternative) : trailer, segment.Cut, json);
            case LogOperator.Protocol:
                return Value(ref writer, Version(line.HttpVersion), segment.Cut, json);
            case LogOperator.UpstreamProtocol:
                return Value(ref writer, line.UpstreamHost.IsEmpty ? default : "HTTP/1.1"u8, segment.Cut, json);
            case LogOperator.ResponseFlags:
            case LogOperator.ResponseFlagsLong:
                ResponseFlagNames.Write(ref writer, line.Flags, segment.Operator == LogOperator.ResponseFlagsLong);
                return true;
            case LogOperator.ResponseCodeDetails:
                return Value(ref writer, line.Details, segment.Cut, json);
            case LogOperator.ConnectionTerminationDetails:
                return Value(ref writer, line.ConnectionTermination, segment.Cut, json);
            case LogOperator.UpstreamHost:
                return Value(ref writer, line.UpstreamHost, segment.Cut, json);
            case LogOperator.UpstreamCluster:
                return Value(ref writer, line.UpstreamCluster, segment.Cut, json);
            case LogOperator.UpstreamFailure:
                return Value(ref writer, line.UpstreamFailure, segment.Cut, json);
            case LogOperator.ServerName:
                return Value(ref writer, line.Tls is { } named ? named.ServerName.Span : default, segment.Cut, json);
            case LogOperator.TlsVersion:
                return Value(ref writer, line.Tls is { } session ? session.Version.Span : default, segment.Cut, json);
            case LogOperator.TlsCipher:
                return Value(ref writer, line.Tls is { } agreed ? agreed.Cipher.Span : default, segment.Cut, json);
            case LogOperator.RouteName:
                return Value(ref writer, line.RouteName, segment.Cut, json);
            case LogOperator.VirtualHostName:
                return Value(ref writer, line.VirtualHostName, segment.Cut, json);
            case LogOperator.StreamId:
                return Value(ref writer, Field(line.RequestFields, "x-request-id"u8), segment.Cut, json);
            case LogOperator.GrpcStatus:
            case LogOperator.GrpcStatusNumber:
                return Grpc(ref writer, segment, in line, json);
            case LogOperator.UpstreamIp:
            case LogOperator.UpstreamPort:
                int colon = line.UpstreamHost.LastIndexOf((byte)':');
                return Value(
                    ref writer,
                    colon < 0 ? default : segment.Operator == LogOperator.UpstreamPort ? line.UpstreamHost[(colon + 1)..] : line.UpstreamHost[..colon].Trim("[]"u8),
                    segment.Cut,
                    json);
            case LogOperator.UpstreamLocalAddress:
            case LogOperator.UpstreamLocalIp:
            case LogOperator.DownstreamLocalAddress:
            case LogOperator.DownstreamLocalIp:
            case LogOperator.DownstreamLocalPort:
            case LogOperator.DownstreamRemoteAddress:
            case LogOperator.DownstreamRemoteIp:
            case LogOperator.DownstreamDirectAddress:
            case LogOperator.DownstreamDirectIp:
                return Address(ref writer, segment.Operator, in line);
            default:
                return Number(ref writer, NumberOf(segment.Operator, in line));
        }
    }

    private static long NumberOf(LogOperator op, in MeshLogLine line) => op switch
    {
        LogOperator.ResponseCode => line.Status,
        LogOperator.BytesReceived => line.BytesReceived,
        LogOperator.BytesSent => line.BytesSent,
        LogOperator.RequestHeadBytes => line.RequestHeadBytes,
        LogOperator.ResponseHeadBytes => line.ResponseHeadBytes,
        LogOperator.Duration => line.Duration,
        LogOperator.RequestDuration => line.RequestDuration,
        LogOperator.ResponseDuration => line.ResponseDuration,
        LogOperator.ResponseTransferDuration => line.ResponseDuration < 0 ? -1 : line.Duration - line.ResponseDuration,
        LogOperator.UpstreamAttempts => line.Attempts,
        LogOperator.ConnectionId => line.ConnectionId,
        LogOperator.WireBytesReceived => line.RequestHeadBytes + line.BytesReceived,
        LogOperator.WireBytesSent => line.ResponseHeadBytes + line.BytesSent,
        LogOperator.UpstreamLocalPort => line.UpstreamLocal?.Port ?? -1,
        LogOperator.DownstreamRemotePort => line.Remote.HasValue ? line.RemotePort : -1,
        LogOperator.DownstreamDirectPort => line.Peer.HasValue ? line.PeerPort : -1,
        _ => -1,
    };

    private static bool Number(ref LineWriter writer, long value)
    {
        if (value < 0)
        {
            writer.Raw((byte)'-');
            return false;
        }

        writer.Number(value);
        return true;
    }

    private static bool Value(ref LineWriter writer, scoped ReadOnlySpan<byte> value, int cut, bool json)
    {
        if (value.IsEmpty)
        {
            writer.Raw((byte)'-');
            return false;
        }

        writer.Escape(Fitting(in writer, value, cut, escaped: 5), json);
        return true;
    }

    // What is left for a value when as much has to stay for the next one: a byte that is escaped takes up to five.
    private static ReadOnlySpan<byte> Fitting(in LineWriter writer, ReadOnlySpan<byte> value, int cut, int escaped)
    {
        value = value.Length > cut ? value[..cut] : value;
        if (value.Length <= LineWriter.Cut)
        {
            return value;
        }

        int room = writer.Room - WorstPart;
        int fits = Math.Max(LineWriter.Cut, escaped == 5 && LineWriter.IsPlain(value) ? room : room / escaped);
        return value.Length > fits ? value[..fits] : value;
    }

    // 2026-11-23T05:05:44.123Z; the text of the second is kept.
    private void StartTime(ref LineWriter writer, LogSegment segment, long unixMilliseconds)
    {
        if (segment.Time is { } format)
        {
            format.Write(ref writer, unixMilliseconds);
            return;
        }

        long second = Math.DivRem(unixMilliseconds, 1000L, out long milliseconds);
        if (second != _secondOf)
        {
            _secondOf = second;
            DateTime time = DateTime.UnixEpoch.AddSeconds(second);
            LineWriter text = new(_second);
            LogTimeFormat.WriteDate(ref text, time);
            text.Raw((byte)'T');
            LogTimeFormat.WriteClock(ref text, time);
        }

        writer.Raw(_second);
        writer.Raw((byte)'.');
        writer.Padded((int)milliseconds, 3);
        writer.Raw((byte)'Z');
    }

    private bool RequestField(ref LineWriter writer, LogSegment segment, in MeshLogLine line, bool json)
    {
        ReadOnlySpan<byte> name = segment.Text;
        ReadOnlySpan<byte> value = Find(name, default, in line);
        if (value.IsEmpty && segment.Alternative.Length != 0)
        {
            name = segment.Alternative;
            value = Find(name, default, in line);
        }

        if (!value.IsEmpty && (name.SequenceEqual(":path"u8) || name.SequenceEqual("x-envoy-original-path"u8) || name.SequenceEqual("referer"u8)))
        {
            // A secret's value may be shorter than what stands for it.
            ReadOnlySpan<byte> shown = Fitting(in writer, value, segment.Cut, escaped: LineWriter.IsPlain(value) ? 3 : 6);
            mask.Write(ref writer, shown, json, shown.Length);
            return true;
        }

        if (!value.IsEmpty && (name.SequenceEqual("authorization"u8) || name.SequenceEqual("cookie"u8)))
        {
            writer.Raw("***"u8);
            return true;
        }

        return Value(ref writer, value, segment.Cut, json);
    }

    private static ReadOnlySpan<byte> Find(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> alternative, in MeshLogLine line)
    {
        ReadOnlySpan<byte> value = name.IsEmpty || name[0] != ':' ? Field(line.RequestFields, name)
            : name.SequenceEqual(":method"u8) ? line.Method
            : name.SequenceEqual(":path"u8) ? line.Path
            : name.SequenceEqual(":authority"u8) ? line.Authority
            : name.SequenceEqual(":scheme"u8) ? line.IsTls ? "https"u8 : "http"u8
            : default;
        return value.IsEmpty && !alternative.IsEmpty ? Find(alternative, default, in line) : value;
    }

    private static ReadOnlySpan<byte> Field(HeaderBlock? fields, scoped ReadOnlySpan<byte> name)
    {
        int index = fields is null || name.IsEmpty ? -1 : fields.IndexOf(name);
        return index < 0 ? default : fields!.Value(index);
    }

    private static ReadOnlySpan<byte> Version(int version) => version switch
    {
        10 => "HTTP/1.0"u8,
        11 => "HTTP/1.1"u8,
        20 => "HTTP/2"u8,
        _ => default,
    };

    private static bool Grpc(ref LineWriter writer, LogSegment segment, in MeshLogLine line, bool json)
    {
        ReadOnlySpan<byte> status = Field(line.ResponseTrailers, "grpc-status"u8);
        status = status.IsEmpty ? Field(line.ResponseFields, "grpc-status"u8) : status;
        if (status.IsEmpty || !System.Buffers.Text.Utf8Parser.TryParse(status, out int number, out int used) || used != status.Length)
        {
            return Value(ref writer, default, segment.Cut, json);
        }

        if (segment.Operator == LogOperator.GrpcStatusNumber || segment.Text.AsSpan().SequenceEqual("number"u8))
        {
            return Number(ref writer, number);
        }

        bool isSnake = segment.Text.AsSpan().SequenceEqual("snake_string"u8);
        return Value(ref writer, GrpcStatusNames.Of(number, isSnake) is { IsEmpty: false } name ? name : status, segment.Cut, json);
    }

    private static bool Address(ref LineWriter writer, LogOperator op, in MeshLogLine line)
    {
        (ClientAddress address, int port) = op switch
        {
            LogOperator.UpstreamLocalAddress => Of(line.UpstreamLocal),
            LogOperator.UpstreamLocalIp => (Of(line.UpstreamLocal).Address, -1),
            LogOperator.DownstreamLocalAddress => Of(line.Local),
            LogOperator.DownstreamLocalIp => (Of(line.Local).Address, -1),
            LogOperator.DownstreamLocalPort => (default, Of(line.Local).Port),
            LogOperator.DownstreamRemoteAddress => (line.Remote, line.RemotePort),
            LogOperator.DownstreamRemoteIp => (line.Remote, -1),
            LogOperator.DownstreamDirectAddress => (line.Peer, line.PeerPort),
            _ => (line.Peer, -1),
        };
        if (op == LogOperator.DownstreamLocalPort)
        {
            return Number(ref writer, port);
        }

        if (!address.HasValue)
        {
            writer.Raw((byte)'-');
            return false;
        }

        Span<byte> text = stackalloc byte[ClientAddress.MaxTextLength];
        ReadOnlySpan<byte> ip = text[..address.Format(text)];
        bool brackets = port >= 0 && !address.IsIPv4;
        writer.Raw(brackets ? "["u8 : default);
        writer.Raw(ip);
        writer.Raw(brackets ? "]"u8 : default);
        if (port >= 0)
        {
            writer.Raw((byte)':');
            writer.Number(port);
        }

        return true;
    }

    private static (ClientAddress Address, int Port) Of(IPEndPoint? point) => point is null ? (default, -1) : (ClientAddress.From(point.Address), point.Port);
}
