using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Protocol.Tests.Wire;

/// <summary>One request head read as a whole, or as it would arrive in pieces.</summary>
internal sealed record RequestReading(ParseResult Result, WireError Error, int Consumed, RequestHead Head)
{
    public int Status => Result == ParseResult.Refused ? Error.Status() : 0;

    public static RequestReading Whole(string text, RequestRules? rules = null) => Whole(Octets.Of(text), rules);

    /// <summary>A head given is reset and used again.</summary>
    public static RequestReading Whole(byte[] bytes, RequestRules? rules = null, RequestHead? head = null)
    {
        head ??= new RequestHead();
        head.Reset();
        ReadOnlySequence<byte> input = new(bytes);
        ParseResult result = RequestHeadReader.Read(input, head, rules ?? RequestRules.Kong, out SequencePosition consumed, out WireError error);
        return new RequestReading(result, error, (int)input.Slice(0, consumed).Length, head);
    }

    /// <summary>Hands over the bytes in growing pieces that end at the cuts, keeping what was not consumed, as a pipe does.</summary>
    public static RequestReading Pieces(byte[] bytes, ReadOnlySpan<int> cuts, bool asSegments, RequestRules? rules = null, RequestHead? head = null)
    {
        head ??= new RequestHead();
        head.Reset();
        int start = 0;
        ParseResult result = ParseResult.Incomplete;
        WireError error = WireError.None;
        for (int i = 0; i <= cuts.Length && result == ParseResult.Incomplete; i++)
        {
            int end = i < cuts.Length ? cuts[i] : bytes.Length;
            ReadOnlySequence<byte> input = asSegments
                ? Octets.Segments(bytes.AsSpan(start, end - start), Relative(cuts[..i], start))
                : new ReadOnlySequence<byte>(bytes.AsSpan(start, end - start).ToArray());
            result = RequestHeadReader.Read(input, head, rules ?? RequestRules.Kong, out SequencePosition consumed, out error);
            start += (int)input.Slice(0, consumed).Length;
        }

        return new RequestReading(result, error, start, head);
    }

    /// <summary>Everything a caller can see, as text to compare.</summary>
    public string Describe()
    {
        if (Result != ParseResult.Complete)
        {
            return $"{Result} {Error} consumed {(Result == ParseResult.Refused && Error != WireError.TraceRefused ? "-" : Consumed)}";
        }

        return $"{Octets.Text(Head.MethodBytes)}|{Head.Method}|{Octets.Text(Head.Target)}|{Octets.Text(Head.Path)}|{Octets.Text(Head.Query)}|"
            + $"{Head.Version}|{Head.Framing}|{Head.KeepAlive}|{Head.ExpectContinue}|{Head.IsWebSocketUpgrade}|{Octets.Text(Head.Authority)}|"
            + $"{Head.Scheme}|{Head.IsAsterisk}|{Head.AcceptsTrailers}|{Head.HeadLength}|{Head.DroppedLookalikes}|{Consumed}\n" + Fields(Head.Headers);
    }

    public static string Fields(HeaderBlock headers)
    {
        List<string> lines = [];
        for (int i = 0; i < headers.Count; i++)
        {
            if (!headers.IsRemoved(i))
            {
                lines.Add($"{Octets.Text(headers.Name(i))}: {Octets.Text(headers.Value(i))}");
            }
        }

        return string.Join('\n', lines);
    }

    private static int[] Relative(ReadOnlySpan<int> cuts, int start)
    {
        List<int> relative = [];
        foreach (int cut in cuts)
        {
            if (cut > start)
            {
                relative.Add(cut - start);
            }
        }

        return [.. relative];
    }
}
