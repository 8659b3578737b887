using System.Buffers;
using CsCheck;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Properties;

public sealed class HeadProperties
{
    private const string Token = "!#$%&'*+-.^`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly Gen<string> Names = Gen.OneOf(
        Gen.Char[Token].Array[1, 40].Select(name => "x" + new string(name)),
        Gen.OneOf("Accept", "Cookie", "User-Agent", "accept-encoding", "X-Forwarded-For", "Via", "Referer"));

    private static readonly Gen<string> Values = Gen.OneOf(
        Gen.Char['!', '~'].Array[0, 90].Select(value => new string(value)),
        Gen.Char['\u0080', '\u00ff'].Array[1, 20].Select(value => new string(value)),
        Gen.OneOf("a b", "a\tb", "", "a: b, c"));

    private static readonly Gen<string> Requests =
        from method in Gen.OneOf("GET", "POST", "HEAD", "REPORT", "DELETE")
        from target in Gen.Char["abcXYZ019-._~/:@!$&'()*+,;="].Array[0, 80].Select(path => "/" + new string(path))
        from query in Gen.OneOf("", "?", "?a=b&c", "?%41?x")
        from fields in Gen.Select(Names, Gen.OneOf("", " ", "\t "), Values, Gen.OneOf("", " ", " \t"), (name, before, value, after) => $"{name}:{before}{value}{after}\r\n").List[0, 12]
        from body in Gen.OneOf("", "Content-Length: 7\r\n", "Transfer-Encoding: chunked\r\n")
        select $"{method} {target}{query} HTTP/1.1\r\nHost: a.example\r\n{string.Concat(fields)}{body}\r\n";

    [Fact]
    public void Read_AnySplit_EqualsWhole() => Gen.Select(Requests, Gen.Int[0, 2000].Array[0, 6], Gen.Bool).Sample(
        (text, positions, asSegments) =>
        {
            byte[] bytes = Octets.Of(text + "rest");
            int[] cuts = [.. positions.Select(position => 1 + (position % (bytes.Length - 1))).Distinct().Order()];
            RequestReading whole = RequestReading.Whole(bytes);

            Assert.Equal((ParseResult.Complete, text.Length), (whole.Result, whole.Consumed));
            Assert.Equal(whole.Describe(), RequestReading.Pieces(bytes, cuts, asSegments).Describe());
        },
        iter: 5_000);

    [Fact]
    public void Read_EveryTruncation_IsIncomplete() => Requests.Sample(
        text =>
        {
            byte[] bytes = Octets.Of(text);
            RequestHead head = new();
            for (int length = 0; length < bytes.Length; length++)
            {
                // One head over all lengths: the place it remembers must never be wrong.
                ParseResult result = RequestHeadReader.Read(
                    new ReadOnlySequence<byte>(bytes, 0, length), head, RequestRules.Kong, out SequencePosition consumed, out WireError error);
                Assert.Equal((ParseResult.Incomplete, WireError.None, 0), (result, error, consumed.GetInteger()));
                Assert.Equal(ParseResult.Incomplete, RequestReading.Whole(bytes[..length]).Result);
            }

            RequestHeadReader.Read(new ReadOnlySequence<byte>(bytes), head, RequestRules.Kong, out _, out _);
            Assert.Equal(RequestReading.Fields(RequestReading.Whole(bytes).Head.Headers), RequestReading.Fields(head.Headers));
        },
        iter: 200);

    [Fact]
    public void Read_Response_EveryTruncationIsIncomplete()
    {
        byte[] bytes = Octets.Of("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\nX:\r\n\r\n");
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(ParseResult.Incomplete, ResponseReading.Pieces(bytes[..length], [], false).Result);
        }

        Assert.Equal(ResponseReading.Pieces(bytes, [], false).Describe(), ResponseReading.Pieces(bytes, [.. Enumerable.Range(1, bytes.Length - 1)], true).Describe());
    }

    [Fact]
    public void Write_WhatWasRead_ReadsTheSame() => Requests.Sample(
        text =>
        {
            RequestReading first = RequestReading.Whole(text);
            string once = Write(first.Head);
            RequestReading second = RequestReading.Whole(once);

            Assert.Equal(RequestReading.Fields(first.Head.Headers), RequestReading.Fields(second.Head.Headers));
            Assert.Equal(once, Write(second.Head));
            Assert.True(once.Length - first.Head.Target.Length <= HeadWriter.Estimate(first.Head.Headers) + 64, "The estimate is too small.");
        },
        iter: 5_000);

    [Fact]
    public void Read_AnyBytes_NeverThrows() => Gen.Byte.Array[0, 200].Sample(
        bytes =>
        {
            _ = RequestReading.Whole(bytes).Result;
            _ = ResponseReading.Pieces(bytes, [], false).Result;
            _ = ChunkedReading.Pieces(bytes, []).Result;
        },
        iter: 20_000);

    private static string Write(RequestHead head)
    {
        ArrayBufferWriter<byte> output = new();
        HeadWriter writer = new(output, HeadWriter.Estimate(head.Headers));
        writer.RequestLine(head.MethodBytes, head.Path, head.Query);
        writer.Fields(head.Headers);
        Assert.Equal(WireError.None, writer.End());
        return Octets.Text(output.WrittenSpan);
    }
}
