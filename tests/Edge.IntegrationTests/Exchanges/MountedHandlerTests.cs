using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using VoltageSoda.Edge.Listeners;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Exchanges;

/// <summary>The edge's connection handler inside an ordinary ASP.NET Core application on Kestrel.</summary>
public sealed class MountedHandlerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handler_MountedInKestrel_Serves(bool https)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(
            request => ScriptedUpstream.Ok(request.Header("X-Forwarded-Proto") + " " + request.Body.Length));
        await using RunningEdge edge = await RunningEdge.StartAsync(KongText.Single(upstream.Address), ("EDGE_LOOPS", "2"));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(edge.Host.CreateHandler(443));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (https)
            {
                listen.UseHttps(SelfSigned());
            }

            listen.UseConnectionHandler<EdgeConnectionHandler>();
        }));
        if (https)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        await using WebApplication application = builder.Build();
        await application.StartAsync();
        string address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        using SocketsHttpHandler sockets = new()
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
        };
        using HttpClient client = new(sockets) { Timeout = TimeSpan.FromSeconds(30) };
        string scheme = https ? "https" : "http";
        string url = address.Replace("http://", scheme + "://", StringComparison.Ordinal);
        for (int i = 0; i < 20; i++)
        {
            using StringContent body = new(new string('b', i * 5000));
            using HttpResponseMessage response = await client.PostAsync(url + "/p", body);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal($"{scheme} {i * 5000}", await response.Content.ReadAsStringAsync());
        }

        int port = new Uri(address).Port;
        IPEndPoint endPoint = new(IPAddress.Loopback, port);
        foreach (string named in new[] { "http", "https" })
        {
            await using RawClient raw = https ? await RawClient.ConnectTlsAsync(endPoint) : await RawClient.ConnectAsync(endPoint);
            Assert.Equal(named == scheme ? 200 : 400, (await raw.ExchangeAsync($"GET {named}://a/ HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        await application.StopAsync();
    }

    private static X509Certificate2 SelfSigned()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}
