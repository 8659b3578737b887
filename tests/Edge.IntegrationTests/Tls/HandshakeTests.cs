using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tls;

/// <summary>What TLS listeners agree to, over real sockets on both transports.</summary>
public sealed class HandshakeTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("epoll", SslProtocols.Tls12)]
    [InlineData("epoll", SslProtocols.Tls13)]
    [InlineData("sockets", SslProtocols.Tls12)]
    [InlineData("sockets", SslProtocols.Tls13)]
    public async Task Handshake_SupportedVersion_ServesAsHttps(string transport, SslProtocols version)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static request => ScriptedUpstream.Ok(
            $"{request.Header("X-Forwarded-Proto")} {request.Header("X-Forwarded-Port")} {request.Header("X-Forwarded-For")}"));
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address), ("KONG_PROXY_LISTEN", "127.0.0.1:0 ssl"), ("EDGE_TRANSPORT", transport), ("EDGE_LOOPS", "2"));
        SslClientAuthenticationOptions options = RawClient.AnyCertificate("localhost");
        options.EnabledSslProtocols = version;
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy, options);
        Assert.Equal(version, client.Tls!.SslProtocol);
        for (int i = 0; i < 20; i++)
        {
            RawResponse response = await client.ExchangeAsync(Get);
            Assert.Equal(200, response.Status);
            Assert.Equal($"https {edge.Proxy.Port} 127.0.0.1", response.Body);
        }
    }

    [Fact]
    public async Task Handshake_Tls11_IsRefusedAndCounted()
    {
        await using RunningEdge edge = await StartAsync();
        SslClientAuthenticationOptions options = RawClient.AnyCertificate("localhost");
#pragma warning disable SYSLIB0039, CA5397 // The old version is what is tested.
        options.EnabledSslProtocols = SslProtocols.Tls11;
#pragma warning restore SYSLIB0039, CA5397
        await Assert.ThrowsAnyAsync<Exception>(() => RawClient.ConnectTlsAsync(edge.Proxy, options));
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy);
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
    }

    [Theory]
    [InlineData("ECDHE-RSA-AES128-SHA256")]
    [InlineData("ECDHE-ECDSA-AES256-SHA384")]
    [InlineData("AES128-GCM-SHA256")]
    [InlineData("AES256-SHA")]
    public async Task Handshake_WeakTls12Suite_IsRefused(string cipher)
    {
        await using RunningEdge edge = await StartAsync();
        string said = await OpenSsl.ClientAsync(edge.Proxy, $"-tls1_2 -cipher {cipher}@SECLEVEL=0");
        Assert.Contains("handshake failure", said);
        await edge.CountedAsync(1, "vse_tls_handshakes_total", "side=\"downstream\"", "result=\"cipher\"");
    }

    [Theory]
    [InlineData("ECDHE-RSA-AES128-GCM-SHA256")]
    [InlineData("ECDHE-ECDSA-AES256-GCM-SHA384")]
    [InlineData("ECDHE-ECDSA-CHACHA20-POLY1305")]
    public async Task Handshake_StrongTls12Suite_IsAgreedOn(string cipher)
    {
        await using RunningEdge edge = await StartAsync();
        string said = await OpenSsl.ClientAsync(edge.Proxy, $"-tls1_2 -cipher {cipher}");
        Assert.Contains($"Cipher is {cipher}", said);
    }

    [Fact]
    public async Task Handshake_VersionTooLow_IsAnsweredWithAnAlert()
    {
        await using RunningEdge edge = await StartAsync();
        string said = await OpenSsl.ClientAsync(edge.Proxy, "-tls1_1 -cipher DEFAULT@SECLEVEL=0");
        Assert.Contains("alert protocol version", said);
        await edge.CountedAsync(1, "vse_tls_handshakes_total", "side=\"downstream\"", "result=\"version\"");
    }

    [Fact]
    public async Task Resumption_Tls13_TakesTheTicket()
    {
        await using RunningEdge edge = await StartAsync();
        string file = Path.GetTempFileName();
        try
        {
            await OpenSsl.ClientAsync(edge.Proxy, $"-tls1_3 -sess_out {file}", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            Assert.Contains("Reused, TLSv1.3", await OpenSsl.ClientAsync(edge.Proxy, $"-tls1_3 -sess_in {file}"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("h2,http/1.1", "http/1.1")]
    [InlineData("http/1.1", "http/1.1")]
    [InlineData("", "")]
    public async Task Alpn_CommonProtocol_IsHttp11(string offered, string agreed)
    {
        await using RunningEdge edge = await StartAsync();
        SslClientAuthenticationOptions options = RawClient.AnyCertificate("localhost");
        options.ApplicationProtocols = [.. offered.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static name => new SslApplicationProtocol(name))];
        await using RawClient client = await RawClient.ConnectTlsAsync(edge.Proxy, options);
        Assert.Equal(agreed, Encoding.ASCII.GetString(client.Tls!.NegotiatedApplicationProtocol.Protocol.Span));
        Assert.Equal(200, (await client.ExchangeAsync(Get)).Status);
    }

    [Fact]
    public async Task Alpn_NoCommonProtocol_IsAnsweredWithTheAlert()
    {
        await using RunningEdge edge = await StartAsync();
        Assert.Contains("no application protocol", await OpenSsl.ClientAsync(edge.Proxy, "-alpn h2"));
        await edge.CountedAsync(1, "vse_tls_handshakes_total", "side=\"downstream\"", "result=\"alpn\"");
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("sockets")]
    public async Task PlainHttp_OnTlsPort_Gets400AndTheEnd(string transport)
    {
        await using RunningEdge edge = await StartAsync(("EDGE_TRANSPORT", transport));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(Get);
        RawResponse response = await client.ReceiveAsync();
        Assert.Equal(400, response.Status);
        Assert.Contains("plain HTTP request was sent to HTTPS port", response.Body);
        Assert.Equal("", await client.ToEndAsync());
        await edge.CountedAsync(1, "vse_tls_handshakes_total", "side=\"downstream\"", "result=\"plain_http\"");
    }

    [Theory]
    [InlineData("\0\0\0\0garbage")]
    [InlineData("\x16\x03\x01\xFF\xFF")]
    [InlineData("\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00")]
    [InlineData("\x16\x03\x01\x00\x08\x01\x00\x00\x04\xFF\xFF\xFF\xFF")]
    public async Task Garbage_OnTlsPort_IsClosedAndCounted(string garbage)
    {
        await using RunningEdge edge = await StartAsync();
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(garbage);
        Assert.Equal("", await client.ToEndAsync());
        await edge.CountedAsync(1, "vse_tls_handshakes_total", "side=\"downstream\"", "result=\"not_tls\"");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\x16\x03\x01\x01")]
    public async Task SilentHandshake_IsClosedAtItsDeadline(string begun)
    {
        await using RunningEdge edge = await StartAsync(("EDGE_TIMEOUT_TLS", "200ms"));
        await using RawClient client = await RawClient.ConnectAsync(edge.Proxy);
        await client.SendAsync(begun);
        Assert.Equal("", await client.ToEndAsync());
        await edge.CountedAsync(1, "vse_tls_handshakes_total", "side=\"downstream\"", "result=\"timeout\"");
        await edge.CountedAsync(1, "edge_connections_closed_total", "reason=\"tls_failure\"");
    }

    [Fact]
    public async Task Drain_WithSilentConnections_DoesNotWaitForThem()
    {
        await using RunningEdge edge = await StartAsync();
        await using RawClient silent = await RawClient.ConnectAsync(edge.Proxy);
        await using RawClient served = await RawClient.ConnectTlsAsync(edge.Proxy);
        Assert.Equal(200, (await served.ExchangeAsync(Get)).Status);
        Assert.Equal(0, await edge.DrainAsync(TimeSpan.FromSeconds(30)).WaitAsync(TimeSpan.FromSeconds(8)));
        Assert.Equal("", await silent.ToEndAsync());
    }

    private static async Task<RunningEdge> StartAsync(params (string, string)[] settings)
    {
        ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("ok"));
        return await RunningEdge.StartAsync(KongText.Single(upstream.Address), [("KONG_PROXY_LISTEN", "127.0.0.1:0 ssl"), .. settings]);
    }
}
