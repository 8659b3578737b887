using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Finds the end of one line. The verdict depends on the bytes alone, not on how they were cut: a line is too long as soon as no
/// continuation could make it fit. Stateless.
/// </summary>
internal static class LineScanner
{
    /// <summary>
    /// Looks for the CR LF of the line at <see cref="HeadProgress.LineStart"/>, whose content may have <paramref name="longest"/> bytes.
    /// Complete gives its length; Refused means too long or, when <paramref name="badEnd"/>, a bare line feed.
    /// </summary>
    public static ParseResult Find(ReadOnlySpan<byte> bytes, ref HeadProgress progress, int longest, out int length, out bool badEnd)
    {
        length = 0;
        badEnd = false;
        int start = progress.LineStart;
        int from = Math.Max(progress.Scanned, start);
        int until = (int)Math.Min(bytes.Length, (long)start + longest + 2);
        int feed = from < until ? bytes[from..until].IndexOf((byte)'\n') : -1;
        if (feed < 0)
        {
            progress.Scanned = until;
            int pending = until - start;
            bool fits = pending <= longest || (pending == longest + 1 && bytes[until - 1] == '\r');
            return fits ? ParseResult.Incomplete : ParseResult.Refused;
        }

        int end = from + feed;
        bool proper = end > start && bytes[end - 1] == '\r';
        length = end - start - (proper ? 1 : 0);
        if (length > longest)
        {
            return ParseResult.Refused;
        }

        badEnd = !proper;
        return proper ? ParseResult.Complete : ParseResult.Refused;
    }
}
