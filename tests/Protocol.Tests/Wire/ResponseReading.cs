using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Protocol.Tests.Wire;

/// <summary>One response head read as a whole, or as it would arrive in pieces.</summary>
internal sealed record ResponseReading(ParseResult Result, WireError Error, int Consumed, ResponseHead Head)
{
    public static ResponseReading Whole(string text, KnownMethod method = KnownMethod.Get, HeadLimits? limits = null) =>
        Pieces(Octets.Of(text), [], false, method, limits);

    public static ResponseReading Pieces(byte[] bytes, ReadOnlySpan<int> cuts, bool asSegments, KnownMethod method = KnownMethod.Get, HeadLimits? limits = null,
        ResponseHead? head = null)
    {
        head ??= new ResponseHead();
        head.Reset();
        ParseResult result = ParseResult.Incomplete;
        WireError error = WireError.None;
        int read = 0;
        for (int i = 0; i <= cuts.Length && result == ParseResult.Incomplete; i++)
        {
            int end = i < cuts.Length ? cuts[i] : bytes.Length;
            ReadOnlySequence<byte> input = asSegments
                ? Octets.Segments(bytes.AsSpan(0, end), cuts[..i])
                : new ReadOnlySequence<byte>(bytes.AsSpan(0, end).ToArray());
            result = ResponseHeadReader.Read(input, head, limits ?? HeadLimits.Response, method, out SequencePosition consumed, out error);
            read = (int)input.Slice(0, consumed).Length;
        }

        return new ResponseReading(result, error, read, head);
    }

    /// <summary>Everything a caller can see, as text to compare.</summary>
    public string Describe() => Result != ParseResult.Complete
        ? $"{Result} {Error}"
        : $"{Head.Status}|{Head.Version}|{Head.Framing}|{Head.KeepAlive}|{Head.IsInterim}|{Octets.Text(Head.UpgradeProtocol)}|{Head.HeadLength}|{Consumed}\n"
            + RequestReading.Fields(Head.Headers);
}
