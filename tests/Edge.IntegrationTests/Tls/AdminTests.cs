using System.Net;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tls;

/// <summary>TLS on the status, admin and manager addresses.</summary>
public sealed class AdminTests
{
    [Fact]
    public async Task Ssl_OnStatusAdminAndManager_IsServedWithTheirCertificates()
    {
        using TestAuthority authority = new();
        TestCertificate admin = authority.Issue(["admin.test"]);
        await using RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single("127.0.0.1:9"),
            ("KONG_STATUS_LISTEN", "127.0.0.1:0 ssl"),
            ("KONG_ADMIN_LISTEN", "127.0.0.1:0 http2 ssl"),
            ("KONG_ADMIN_GUI_LISTEN", "127.0.0.1:0, 127.0.0.1:0 ssl"),
            ("KONG_ADMIN_SSL_CERT", admin.Pem),
            ("KONG_ADMIN_SSL_CERT_KEY", admin.KeyPem));
        string? subject = null;
        using SocketsHttpHandler handler = new();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            subject = certificate!.Subject;
            return true;
        };
        using HttpClient client = new(handler) { Timeout = TimeSpan.FromSeconds(20) };
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"https://{edge.Status}/status")).StatusCode);
        }

        Assert.Contains("CN=localhost", subject);
        Assert.NotEqual(HttpStatusCode.InternalServerError, (await client.GetAsync($"https://{edge.Host.AdminEndPoints[0]}/status")).StatusCode);
        Assert.Equal("CN=admin.test", subject);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"http://{edge.Host.GuiEndPoints[0]}/")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"https://{edge.Host.GuiEndPoints[1]}/")).StatusCode);
        Assert.Contains("alert protocol version", await OpenSsl.ClientAsync(edge.Status, "-tls1_1 -cipher DEFAULT@SECLEVEL=0"));
        await using RawClient plain = await RawClient.ConnectAsync(edge.Status);
        await plain.SendAsync("GET /status HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(400, (await plain.ReceiveAsync()).Status);
    }
}
