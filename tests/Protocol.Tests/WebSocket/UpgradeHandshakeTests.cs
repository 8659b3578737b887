using VoltageSoda.Edge.Protocol.Tests.Wire;
using VoltageSoda.Edge.Protocol.WebSocket;

namespace VoltageSoda.Edge.Protocol.Tests.WebSocket;

public sealed class UpgradeHandshakeTests
{
    [Fact]
    public void ComputeAccept_ExampleOfTheRfc_Matches()
    {
        Span<byte> accept = stackalloc byte[UpgradeHandshake.AcceptLength];
        UpgradeHandshake.ComputeAccept("dGhlIHNhbXBsZSBub25jZQ=="u8, accept);

        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", Octets.Text(accept));
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", true)]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOoX", false)]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket", false)]
    [InlineData("Connection: Upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", false)]
    [InlineData("Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", false)]
    public void IsAcceptedBy_Response_ChecksEveryPart(string fields, bool expected) =>
        Assert.Equal(
            expected,
            UpgradeHandshake.IsAcceptedBy(ResponseReading.Whole($"HTTP/1.1 101 X\r\n{fields}\r\n\r\n").Head, "dGhlIHNhbXBsZSBub25jZQ=="u8));
}
