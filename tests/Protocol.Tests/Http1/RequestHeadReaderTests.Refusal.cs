using System.Buffers;
using System.Text;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http1;

public sealed partial class RequestHeadReaderTests
{
    private const string Earlier = "OPTIONS /secret-of-another-client HTTP/1.1\r\nHost: other\r\nAccept: text/secret\r\nUser-Agent: other\r\n\r\n";

    public static TheoryData<string, string, string, string> Understood => new()
    {
        { "G(T /a HTTP/1.1\r\n", "", "", "" },
        { "GET /a HTTP/1.1\nHost: a\n\n", "GET", "", "" },
        { "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "", "" },
        { "GET /a HTTP/3.0\r\nHost: a\r\n\r\n", "GET", "", "" },
        { "GET http://u@b/a HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "", "" },
        { "PURGE /a?b HTTP/1.1\r\nAccept: text/html\r\nX : 1\r\n\r\n", "PURGE", "/a?b", "text/html" },
        { "GET /a HTTP/1.1\r\nAccept: text/html\r\nX: a\u0001\r\n\r\n", "GET", "/a", "text/html" },
        { "GET /a HTTP/1.1\r\n X: 1\r\n\r\n", "GET", "/a", "" },
        { "GET /a HTTP/1.1\r\nAccept: text/html\r\n\r\n", "GET", "/a", "text/html" },
    };

    // The block of a pooled head still holds an earlier one: nothing of it may show.
    [Theory]
    [MemberData(nameof(Understood))]
    public void Read_Refused_KeepsWhatWasUnderstoodAndNothingElse(string text, string method, string target, string accept)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            foreach (bool used in new[] { false, true })
            {
                RequestHead head = new();
                if (used)
                {
                    RequestHeadReader.Read(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(Earlier)), head, RequestRules.Kong, out _, out _);
                    head.Reset();
                }

                ReadOnlySequence<byte> input = cut % 2 == 0 ? Octets.Segments(bytes, cut) : new ReadOnlySequence<byte>(bytes);
                Assert.Equal(ParseResult.Refused, RequestHeadReader.Read(in input, head, RequestRules.Kong, out _, out _));
                Assert.Equal((method, target, accept), Shown(head));
            }
        }
    }

    [Fact]
    public void Abandon_AnyTruncation_KeepsWhatWasUnderstood()
    {
        byte[] bytes = Encoding.Latin1.GetBytes("DELETE /a?b HTTP/1.1\r\nAccept: text/html\r\nHost: a\r\n\r\n");
        for (int length = 0; length < bytes.Length; length++)
        {
            RequestHead head = new();
            RequestHeadReader.Read(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(Earlier)), head, RequestRules.Kong, out _, out _);
            head.Reset();
            ReadOnlySequence<byte> input = new(bytes.AsMemory(0, length));
            Assert.Equal(ParseResult.Incomplete, RequestHeadReader.Read(in input, head, RequestRules.Kong, out _, out _));
            RequestHeadReader.Abandon(in input, head);
            Assert.Equal(
                (length < 7 ? "" : "DELETE", length < 22 ? "" : "/a?b", length < 41 ? "" : "text/html"), Shown(head));
        }
    }

    private static (string Method, string Target, string Accept) Shown(RequestHead head)
    {
        // Whatever a log or an error body looks at can be read.
        _ = head.Authority.Length + head.Path.Length + head.Query.Length;
        return (
            Encoding.Latin1.GetString(head.MethodBytes),
            Encoding.Latin1.GetString(head.Target),
            Encoding.Latin1.GetString(head.Headers.FirstValue(KnownHeader.Accept)));
    }
}
