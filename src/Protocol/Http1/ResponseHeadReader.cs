using System.Buffers;
using System.Diagnostics;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>Reads HTTP/1.x response heads of upstreams. Synchronous, restartable, total; its place is kept in the head.</summary>
public static class ResponseHeadReader
{
    // "HTTP/1.1 200"
    private const int ShortestLine = 12;
    private const int StatusStart = 9;

    /// <summary>
    /// Reads one head, interim ones included; same contract as the request reader. Any refusal is 502 to the client.
    /// <paramref name="requestMethod"/> is the method of the request answered: an answer to HEAD has no body.
    /// </summary>
    public static ParseResult Read(in ReadOnlySequence<byte> input, ResponseHead head, in HeadLimits limits, KnownMethod requestMethod,
        out SequencePosition consumed, out WireError error)
    {
        Debug.Assert(head.Progress.Phase != HeadPhase.Done, "The head was not reset.");
        consumed = input.Start;
        ParseResult result;
        if (input.IsSingleSegment && head.Progress.Gathered == 0)
        {
            result = ReadHead(input.FirstSpan, head, limits, requestMethod, out error);
        }
        else
        {
            error = WireError.None;
            result = ParseResult.Incomplete;
            while (result == ParseResult.Incomplete && HeadGathering.TakeMore(input, ref head.Progress, head.Headers))
            {
                result = ReadHead(head.Headers.Bytes, head, limits, requestMethod, out error);
            }
        }

        if (result == ParseResult.Complete)
        {
            consumed = input.GetPosition(head.HeadLength);
        }

        return result;
    }

    private static ParseResult ReadHead(ReadOnlySpan<byte> bytes, ResponseHead head, in HeadLimits limits, KnownMethod requestMethod,
        out WireError error)
    {
        ref HeadProgress progress = ref head.Progress;
        if (progress.Phase == HeadPhase.StartLine)
        {
            ParseResult line = ReadStatusLine(bytes, head, limits, out error);
            if (line != ParseResult.Complete)
            {
                return line;
            }
        }

        int dropped = 0;
        ParseResult fields = FieldSectionReader.Read(bytes, ref progress, head.Headers, limits, rules: null, ref dropped, out error);
        if (fields != ParseResult.Complete)
        {
            return fields;
        }

        HeadGathering.Settle(bytes, progress, head.Headers);
        head.HeadLength = progress.LineStart;
        error = Judge(head, requestMethod);
        if (error != WireError.None)
        {
            return ParseResult.Refused;
        }

        progress.Phase = HeadPhase.Done;
        return ParseResult.Complete;
    }

    private static ParseResult ReadStatusLine(ReadOnlySpan<byte> bytes, ResponseHead head, in HeadLimits limits, out WireError error)
    {
        // Decided on the first bytes: an upstream that does not speak HTTP/1 is not waited for.
        ReadOnlySpan<byte> prefix = "HTTP/1."u8;
        int known = Math.Min(bytes.Length, prefix.Length);
        if (!bytes[..known].SequenceEqual(prefix[..known]))
        {
            error = WireError.BadStatusLine;
            return ParseResult.Refused;
        }

        ParseResult result = LineScanner.Find(bytes, ref head.Progress, limits.StartLine, out int length, out bool badEnd);
        if (result != ParseResult.Complete)
        {
            error = result == ParseResult.Incomplete ? WireError.None : badEnd ? WireError.BadLineEnd : WireError.HeadersTooLarge;
            return result;
        }

        error = JudgeStatusLine(bytes[..length], head);
        if (error != WireError.None)
        {
            return ParseResult.Refused;
        }

        head.Progress.Phase = HeadPhase.Fields;
        head.Progress.LineStart = head.Progress.Scanned = length + 2;
        head.Progress.Counted = limits.TotalIncludesStartLine ? length + 2 : 0;
        return ParseResult.Complete;
    }

    // HTTP/1.x SP 3DIGIT [SP reason]; the reason is checked and forgotten.
    private static WireError JudgeStatusLine(ReadOnlySpan<byte> line, ResponseHead head)
    {
        if (line.Contains((byte)'\r'))
        {
            return WireError.BadLineEnd;
        }

        if (line.Length < ShortestLine || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' '
            || line.Slice(StatusStart, 3).ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || line[StatusStart] is < (byte)'1' or > (byte)'5'
            || (line.Length > ShortestLine && line[ShortestLine] != ' ')
            || !FieldSyntax.IsFieldValue(line[ShortestLine..]))
        {
            return WireError.BadStatusLine;
        }

        head.Version = line[7] == '1' ? HttpVersion.Http11 : HttpVersion.Http10;
        head.Status = ((line[9] - '0') * 100) + ((line[10] - '0') * 10) + (line[11] - '0');
        return WireError.None;
    }

    private static WireError Judge(ResponseHead head, KnownMethod requestMethod)
    {
        HeaderBlock headers = head.Headers;
        WireError error = FramingRules.ForResponse(headers, head.Version, head.Status, requestMethod, out BodyFraming framing);
        if (error != WireError.None)
        {
            return error;
        }

        if (!ConnectionOptions.TryRead(headers, out ConnectionOptions options))
        {
            return WireError.BadHeaderValue;
        }

        head.Framing = framing;
        head.KeepAlive = framing.Kind != BodyKind.UntilClose && head.Status != 101 && options.Persists(head.Version);
        int upgrade = headers.IndexOf(KnownHeader.Upgrade);
        if (head.Status == 101 && options.Upgrade && upgrade >= 0 && headers.NextSame(upgrade) < 0)
        {
            ref readonly HeaderField field = ref headers.Field(upgrade);
            head.UpgradeStart = field.ValueStart;
            head.UpgradeLength = field.ValueLength;
        }

        return WireError.None;
    }
}
