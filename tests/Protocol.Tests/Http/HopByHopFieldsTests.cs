using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http;

public sealed class HopByHopFieldsTests
{
    [Fact]
    public void Strip_AlwaysHopByHop_AreRemoved()
    {
        HeaderBlock headers = RequestReading.Whole(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nKeep-Alive: x\r\nProxy-Connection: x\r\nTE: trailers\r\nTrailer: x\r\n"
            + "Transfer-Encoding: chunked\r\nUpgrade: h2c\r\nProxy: x\r\nHTTP2-Settings: x\r\nProxy-Authorization: x\r\nX: y\r\n\r\n").Head.Headers;

        HopByHopFields.Strip(headers);

        Assert.Equal("Host: a\nProxy-Authorization: x\nX: y", RequestReading.Fields(headers));
    }

    [Fact]
    public void Strip_Nominated_AreRemovedInAnyCaseAndNumber()
    {
        HeaderBlock headers = RequestReading.Whole(
            "GET / HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nConnection: x-one,\tX-TWO ,, close\r\nx-two: 2\r\nX-Two: 3\r\nConnection: Accept\r\nAccept: 4\r\nX-Three: 5\r\n\r\n")
            .Head.Headers;

        HopByHopFields.Strip(headers);

        Assert.Equal("Host: a\nX-Three: 5", RequestReading.Fields(headers));
    }

    [Fact]
    public void Strip_FramingAndHostNominated_AreKept()
    {
        HeaderBlock headers = RequestReading.Whole(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: Content-Length, Host, Connection\r\nContent-Length: 5\r\n\r\n").Head.Headers;

        HopByHopFields.Strip(headers);

        Assert.Equal("Host: a\nContent-Length: 5", RequestReading.Fields(headers));
    }

    [Fact]
    public void Strip_EndToEndNominated_TakesThePeersCopyAndLeavesOurs()
    {
        HeaderBlock headers = RequestReading.Whole(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Authorization, X-Forwarded-For, Cookie\r\nAuthorization: evil\r\nX-Forwarded-For: evil\r\nCookie: c\r\n\r\n")
            .Head.Headers;

        HopByHopFields.Strip(headers);
        headers.Add(KnownHeader.XForwardedFor, "192.0.2.1"u8);

        Assert.Equal("Host: a\nX-Forwarded-For: 192.0.2.1", RequestReading.Fields(headers));
    }

    [Fact]
    public void Strip_Response_LosesTheSame()
    {
        HeaderBlock headers = ResponseReading.Whole(
            "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\nServer: x\r\n\r\n").Head.Headers;

        HopByHopFields.Strip(headers);

        Assert.Equal("Server: x", RequestReading.Fields(headers));
    }
}
