namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Turns the facts of an exchange into a line. One per writing thread: it keeps the text of the current second. Times are UTC. No line
/// is longer than <see cref="LineRing.MaxLine"/>: every value is cut.
/// </summary>
internal sealed class AccessLogFormatter(AccessLogFormat format, QueryMask mask)
{
    private const int ShortCut = 64;

    private readonly byte[] _time = new byte[32];
    private int _timeLength;
    private long _second = long.MinValue;

    /// <summary>Formats a line with its line feed; returns its length.</summary>
    public int Format(Span<byte> room, in AccessLogLine line)
    {
        var writer = new LineWriter(room);
        SetSecond(Math.DivRem(line.UnixMilliseconds, 1000L, out long milliseconds));
        if (format == AccessLogFormat.Json)
        {
            Json(ref writer, line, (int)milliseconds);
        }
        else
        {
            Combined(ref writer, line);
        }

        return writer.Length;
    }

    /// <summary>Formats the line that stands for <paramref name="count"/> folded refusals.</summary>
    public int FormatFolded(Span<byte> room, ReadOnlySpan<byte> address, ReadOnlySpan<byte> reason, long second, int count)
    {
        var writer = new LineWriter(room);
        SetSecond(second);
        if (format == AccessLogFormat.Json)
        {
            Time(ref writer, milliseconds: 0);
            writer.Member(",\"remote_addr\":\""u8, address, ShortCut);
            writer.Member(",\"reason\":\""u8, reason, ShortCut);
            writer.Raw(",\"repeated\":"u8);
            writer.Number(count);
            writer.Raw("}\n"u8);
        }
        else
        {
            writer.Value(address, ShortCut);
            writer.Raw(" - - ["u8);
            writer.Raw(_time.AsSpan(0, _timeLength));
            writer.Raw("] \"-\" 0 0 \"-\" \"-\" reason="u8);
            writer.Value(reason, ShortCut);
            writer.Raw(" repeated="u8);
            writer.Number(count);
            writer.Raw((byte)'\n');
        }

        return writer.Length;
    }

    // $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"
    private void Combined(ref LineWriter writer, in AccessLogLine line)
    {
        writer.Value(line.RemoteAddress, ShortCut);
        writer.Raw(" - "u8);
        writer.Value(line.RemoteUser);
        writer.Raw(" ["u8);
        writer.Raw(_time.AsSpan(0, _timeLength));
        writer.Raw("] \""u8);
        Request(ref writer, line);
        writer.Raw("\" "u8);
        writer.Number(line.Status);
        writer.Raw((byte)' ');
        writer.Number(line.BodyBytesSent);
        writer.Raw(" \""u8);
        if (line.Referer.IsEmpty)
        {
            writer.Raw((byte)'-');
        }
        else
        {
            mask.Write(ref writer, line.Referer, json: false);
        }

        writer.Raw("\" \""u8);
        writer.Value(line.UserAgent);
        writer.Raw((byte)'"');
        if (!line.Reason.IsEmpty)
        {
            writer.Raw(" reason="u8);
            writer.Value(line.Reason, ShortCut);
        }

        writer.Raw((byte)'\n');
    }

    private void Request(ref LineWriter writer, in AccessLogLine line)
    {
        writer.Value(line.Method, ShortCut);
        if (line.Target.IsEmpty)
        {
            return;
        }

        writer.Raw((byte)' ');
        mask.Write(ref writer, line.Target, json: false);
        ReadOnlySpan<byte> version = Version(line.HttpVersion);
        if (!version.IsEmpty)
        {
            writer.Raw((byte)' ');
            writer.Raw(version);
        }
    }

    private void Json(ref LineWriter writer, in AccessLogLine line, int milliseconds)
    {
        Time(ref writer, milliseconds);
        writer.Member(",\"remote_addr\":\""u8, line.RemoteAddress, ShortCut);
        writer.Member(",\"remote_user\":\""u8, line.RemoteUser);
        writer.Member(",\"method\":\""u8, line.Method, ShortCut);
        if (!line.Target.IsEmpty)
        {
            writer.Raw(",\"target\":\""u8);
            mask.Write(ref writer, line.Target, json: true);
            writer.Raw((byte)'"');
        }

        writer.Member(",\"protocol\":\""u8, Version(line.HttpVersion));
        writer.Member(",\"host\":\""u8, line.Host);
        writer.Raw(",\"status\":"u8);
        writer.Number(line.Status);
        writer.Raw(",\"body_bytes_sent\":"u8);
        writer.Number(line.BodyBytesSent);
        writer.Raw(",\"bytes_received\":"u8);
        writer.Number(line.BytesReceived);
        writer.Raw(",\"bytes_sent\":"u8);
        writer.Number(line.BytesSent);
        if (!line.Referer.IsEmpty)
        {
            writer.Raw(",\"referer\":\""u8);
            mask.Write(ref writer, line.Referer, json: true);
            writer.Raw((byte)'"');
        }

        writer.Member(",\"user_agent\":\""u8, line.UserAgent);
        writer.Member(",\"request_id\":\""u8, line.RequestId, ShortCut);
        writer.Member(",\"ssl_protocol\":\""u8, line.TlsVersion, ShortCut);
        writer.Member(",\"ssl_cipher\":\""u8, line.TlsCipher, ShortCut);
        writer.Member(",\"service\":\""u8, line.Service);
        writer.Member(",\"route\":\""u8, line.Route);
        writer.Member(",\"consumer\":\""u8, line.Consumer);
        writer.Member(",\"upstream_addr\":\""u8, line.UpstreamAddress, ShortCut);
        writer.Raw(",\"attempts\":"u8);
        writer.Number(line.Attempts);
        Latency(ref writer, ",\"kong_ms\":"u8, line.KongMs);
        Latency(ref writer, ",\"upstream_ms\":"u8, line.UpstreamMs);
        Latency(ref writer, ",\"request_ms\":"u8, line.RequestMs);
        writer.Member(",\"reason\":\""u8, line.Reason, ShortCut);
        writer.Raw("}\n"u8);
    }

    private static void Latency(ref LineWriter writer, ReadOnlySpan<byte> name, int milliseconds)
    {
        if (milliseconds >= 0)
        {
            writer.Raw(name);
            writer.Number(milliseconds);
        }
    }

    private void Time(ref LineWriter writer, int milliseconds)
    {
        writer.Raw("{\"time\":\""u8);
        writer.Raw(_time.AsSpan(0, _timeLength));
        writer.Raw((byte)'.');
        writer.Padded(milliseconds, 3);
        writer.Raw("Z\""u8);
    }

    private static ReadOnlySpan<byte> Version(int version) => version switch
    {
        10 => "HTTP/1.0"u8,
        11 => "HTTP/1.1"u8,
        20 => "HTTP/2.0"u8,
        _ => default,
    };

    // nginx: 23/Nov/2026:05:05:44 +0000; JSON: 2026-11-23T05:05:44, the fraction follows per line.
    private void SetSecond(long second)
    {
        if (second == _second)
        {
            return;
        }

        _second = second;
        DateTime time = DateTime.UnixEpoch.AddSeconds(second);
        var writer = new LineWriter(_time);
        if (format == AccessLogFormat.Json)
        {
            writer.Padded(time.Year, 4);
            writer.Raw((byte)'-');
            writer.Padded(time.Month, 2);
            writer.Raw((byte)'-');
            writer.Padded(time.Day, 2);
            writer.Raw((byte)'T');
        }
        else
        {
            writer.Padded(time.Day, 2);
            writer.Raw((byte)'/');
            writer.Raw("JanFebMarAprMayJunJulAugSepOctNovDec"u8.Slice((time.Month - 1) * 3, 3));
            writer.Raw((byte)'/');
            writer.Padded(time.Year, 4);
            writer.Raw((byte)':');
        }

        writer.Padded(time.Hour, 2);
        writer.Raw((byte)':');
        writer.Padded(time.Minute, 2);
        writer.Raw((byte)':');
        writer.Padded(time.Second, 2);
        if (format != AccessLogFormat.Json)
        {
            writer.Raw(" +0000"u8);
        }

        _timeLength = writer.Length;
    }
}
