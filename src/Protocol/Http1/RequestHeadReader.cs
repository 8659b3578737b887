using System.Buffers;
using System.Diagnostics;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>Reads HTTP/1.x request heads (RFC 9112 sections 2 to 6). Synchronous, restartable, total; its place is kept in the head.</summary>
public static class RequestHeadReader
{
    private const int MaxEmptyLines = 2;

    /// <summary>
    /// Reads one head. Incomplete input consumes nothing but permitted leading empty lines: call again with <paramref name="input"/>
    /// starting at <paramref name="consumed"/> and longer. Complete: the head is valid and its bytes are copied, so the input can be
    /// released up to <paramref name="consumed"/>. Refused: see <paramref name="error"/>; when that keeps the connection
    /// (<see cref="WireError.TraceRefused"/>) the head is complete as well. Call <see cref="RequestHead.Reset"/> before the next head.
    /// </summary>
    public static ParseResult Read(in ReadOnlySequence<byte> input, RequestHead head, RequestRules rules, out SequencePosition consumed,
        out WireError error)
    {
        Debug.Assert(head.Progress.Phase != HeadPhase.Done, "The head was not reset.");
        if (input.IsSingleSegment && head.Progress.Gathered == 0)
        {
            ReadOnlySpan<byte> bytes = input.FirstSpan;
            ParseResult result = SkipEmptyLines(bytes, ref head.Progress, out int skipped, out error);
            if (result == ParseResult.Complete)
            {
                result = ReadHead(bytes[skipped..], head, rules, out error);
            }

            int length = skipped + (head.Progress.Phase == HeadPhase.Done ? head.HeadLength : 0);
            consumed = length == 0 ? input.Start : input.GetPosition(length);
            return result;
        }

        return ReadSegments(input, head, rules, out consumed, out error);
    }

    /// <summary>
    /// Gives up a head that will not become whole (timeout, end of input): what was understood of it stays readable, for the log.
    /// <paramref name="input"/> starts where the last call of <see cref="Read"/> consumed to. Does nothing to a complete head.
    /// </summary>
    public static void Abandon(in ReadOnlySequence<byte> input, RequestHead head)
    {
        if (head.Progress.Phase != HeadPhase.Done)
        {
            KeepKnown(head.Progress.Gathered > 0 ? head.Headers.Bytes : input.FirstSpan, head);
        }
    }

    private static ParseResult ReadSegments(in ReadOnlySequence<byte> input, RequestHead head, RequestRules rules, out SequencePosition consumed,
        out WireError error)
    {
        consumed = input.Start;
        error = WireError.None;
        ReadOnlySequence<byte> rest = input;
        if (head.Progress.Gathered == 0)
        {
            // Enough for every empty line that may be skipped and the byte that decides.
            Span<byte> start = stackalloc byte[(MaxEmptyLines + 1) * 2];
            start = start[..(int)Math.Min(start.Length, input.Length)];
            input.Slice(0, start.Length).CopyTo(start);
            ParseResult skipping = SkipEmptyLines(start, ref head.Progress, out int skipped, out error);
            rest = input.Slice(skipped);
            consumed = rest.Start;
            if (skipping != ParseResult.Complete)
            {
                return skipping;
            }
        }

        while (HeadGathering.TakeMore(rest, ref head.Progress, head.Headers))
        {
            ParseResult result = ReadHead(head.Headers.Bytes, head, rules, out error);
            if (head.Progress.Phase == HeadPhase.Done)
            {
                consumed = rest.GetPosition(head.HeadLength);
            }

            if (result != ParseResult.Incomplete)
            {
                return result;
            }
        }

        return ParseResult.Incomplete;
    }

    // RFC 9112 section 2.2: some clients send an empty line behind a body that does not count it.
    private static ParseResult SkipEmptyLines(ReadOnlySpan<byte> bytes, ref HeadProgress progress, out int skipped, out WireError error)
    {
        skipped = 0;
        error = WireError.None;
        if (progress.Phase != HeadPhase.StartLine || progress.Scanned > 0)
        {
            return ParseResult.Complete;
        }

        while (skipped < bytes.Length && bytes[skipped] is (byte)'\r' or (byte)'\n')
        {
            if (bytes[skipped] == '\n')
            {
                error = WireError.BadLineEnd;
                return ParseResult.Refused;
            }

            if (skipped + 1 == bytes.Length)
            {
                return ParseResult.Incomplete;
            }

            if (bytes[skipped + 1] != '\n' || progress.EmptyLines == MaxEmptyLines)
            {
                error = WireError.BadLineEnd;
                return ParseResult.Refused;
            }

            progress.EmptyLines++;
            skipped += 2;
        }

        return skipped == bytes.Length ? ParseResult.Incomplete : ParseResult.Complete;
    }

    private static ParseResult ReadHead(ReadOnlySpan<byte> bytes, RequestHead head, RequestRules rules, out WireError error)
    {
        error = WireError.None;
        ref HeadProgress progress = ref head.Progress;
        if (progress.Phase == HeadPhase.StartLine)
        {
            ParseResult line = RequestLineReader.Read(bytes, head, rules, out error);
            if (line != ParseResult.Complete)
            {
                return line == ParseResult.Refused ? Refuse(bytes, head) : line;
            }
        }

        int dropped = head.DroppedLookalikes;
        ParseResult fields = FieldSectionReader.Read(bytes, ref progress, head.Headers, rules.Limits, rules, ref dropped, out error);
        head.DroppedLookalikes = dropped;
        if (fields != ParseResult.Complete)
        {
            return fields == ParseResult.Refused ? Refuse(bytes, head) : fields;
        }

        HeadGathering.Settle(bytes, progress, head.Headers);
        head.HeadLength = progress.LineStart;
        error = RequestSemantics.Judge(head, rules);
        if (error is not (WireError.None or WireError.TraceRefused))
        {
            return ParseResult.Refused;
        }

        progress.Phase = HeadPhase.Done;
        return error == WireError.None ? ParseResult.Complete : ParseResult.Refused;
    }

    private static ParseResult Refuse(ReadOnlySpan<byte> bytes, RequestHead head)
    {
        KeepKnown(bytes, head);
        return ParseResult.Refused;
    }

    // Positions that were noted before the end of the head point into a block that does not hold its bytes yet, and may hold those of
    // an earlier head.
    private static void KeepKnown(ReadOnlySpan<byte> bytes, RequestHead head)
    {
        bool inStartLine = head.Progress.Phase == HeadPhase.StartLine;
        if (inStartLine)
        {
            head.ForgetTarget();
        }

        int known = inStartLine ? head.MethodLength : head.Progress.LineStart;
        if (known > bytes.Length)
        {
            head.Reset();
        }
        else if (head.Progress.Gathered > 0)
        {
            head.Headers.Truncate(known);
        }
        else
        {
            head.Headers.AppendBytes(bytes[..known]);
        }
    }
}
