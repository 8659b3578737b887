using System.Buffers;
using CsCheck;
using VoltageSoda.Edge.Protocol.Buffers;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Properties;

public sealed class ChunkedProperties
{
    [Fact]
    public void Read_WhatWasWritten_IsTheSameInAnySplit() => Gen.Select(Gen.Byte.Array[1, 300].List[0, 6], Gen.Int[0, 5000].Array[0, 8], Gen.Bool).Sample(
        (chunks, positions, withTrailer) =>
        {
            byte[] bytes = Write(chunks, withTrailer);
            int[] cuts = [.. positions.Select(position => 1 + (position % (bytes.Length - 1))).Distinct().Order()];
            ChunkedReading reading = ChunkedReading.Pieces(bytes, cuts);

            Assert.Equal((ChunkedStep.End, bytes.Length), (reading.Result, reading.Consumed));
            Assert.True(chunks.SelectMany(chunk => chunk).SequenceEqual(reading.Data));
            Assert.Equal(withTrailer ? "X-Sum: 1" : "", reading.Trailers);
        },
        iter: 2_000);

    private static byte[] Write(List<byte[]> chunks, bool withTrailer)
    {
        ArrayBufferWriter<byte> output = new();
        foreach (byte[] chunk in chunks)
        {
            output.Advance(ChunkedWriter.WritePrefix(output.GetSpan(ChunkedWriter.MaxPrefixLength), chunk.Length));
            output.Write(chunk);
            output.Write(ChunkedWriter.Suffix);
        }

        if (!withTrailer)
        {
            output.Write(ChunkedWriter.LastChunk);
            return output.WrittenSpan.ToArray();
        }

        HeaderBlock trailers = new();
        trailers.Add("X-Sum"u8, "1"u8);
        ByteWriter writer = new(output);
        ChunkedWriter.WriteLast(ref writer, trailers);
        writer.Commit();
        return output.WrittenSpan.ToArray();
    }
}
