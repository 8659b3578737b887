using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Protocol.Tests.Wire;

/// <summary>One chunked body read as a whole, or in pieces that end at the cuts.</summary>
internal sealed record ChunkedReading(ChunkedStep Result, WireError Error, int Consumed, byte[] Data, string Trailers)
{
    public static ChunkedReading Whole(string text, RequestRules? rules = null) => Pieces(Octets.Of(text), [], rules);

    public static ChunkedReading Pieces(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> cuts, RequestRules? rules = null)
    {
        ChunkedReader reader = new(rules);
        HeaderBlock trailers = new();
        List<byte> body = [];
        ChunkedStep step = ChunkedStep.NeedMore;
        WireError error = WireError.None;
        int start = 0;
        for (int i = 0; i <= cuts.Length && step == ChunkedStep.NeedMore; i++)
        {
            int end = i < cuts.Length ? cuts[i] : bytes.Length;
            do
            {
                step = reader.Read(bytes[start..end], trailers, out int consumed, out ReadOnlySpan<byte> data, out error);
                start += consumed;
                body.AddRange(data);
            }
            while (step == ChunkedStep.Data);

            Assert.True(step != ChunkedStep.NeedMore || start == end, "NeedMore left input behind.");
        }

        Assert.Equal(body.Count, reader.DataBytes);
        Assert.Equal(step == ChunkedStep.End, reader.IsEnded);
        return new ChunkedReading(step, error, start, [.. body], RequestReading.Fields(trailers));
    }

    /// <summary>Everything a caller can see, as text to compare.</summary>
    public string Describe() => Result == ChunkedStep.Refused
        ? $"Refused {Error} after {Data.Length}"
        : $"{Result} {Consumed} {Octets.Text(Data)}\n{Trailers}";
}
