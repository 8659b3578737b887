using System.Net;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Mesh;

/// <summary>Files of the mesh that change while they are served, alone and beside configurations that are posted.</summary>
public sealed class MeshReloadTests
{
    private static readonly (string, string)[] WithKong = [("KONG_PROXY_LISTEN", "127.0.0.1:0"), ("KONG_ADMIN_LISTEN", "127.0.0.1:0")];

    [Fact]
    public async Task Reload_BadFile_KeepsWhatIsServedAndSaysSo()
    {
        string log = Path.GetTempFileName();
        try
        {
            await using (RunningMesh mesh = await RunningMesh.StartAsync(Answer("one"), null, ("KONG_PROXY_ERROR_LOG", log), ("KONG_LOG_LEVEL", "notice")))
            {
                double before = await mesh.Edge.CounterAsync("vse_config_reloads_total", "published");
                foreach (string bad in (string[])
                [
                    Answer("two").Replace("prefix", "prefx", StringComparison.Ordinal),
                    Answer("two") + "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: test}\nspec: {}\n",
                    "kind: [",
                ])
                {
                    await mesh.ReloadAsync(bad);
                    Assert.Equal("one", await BodyAsync(mesh.EndPoint(80)));
                    Assert.Equal(HttpStatusCode.OK, await StatusAsync($"http://{mesh.Edge.Status}/status/ready"));
                }

                Assert.Equal(3, await mesh.Edge.CounterAsync("vse_config_reloads_total", "refused"));
                await mesh.ReloadAsync(Answer("three"));
                Assert.Equal("three", await BodyAsync(mesh.EndPoint(80)));
                Assert.Equal(before + 1, await mesh.Edge.CounterAsync("vse_config_reloads_total", "published"));
            }

            string[] lines = await File.ReadAllLinesAsync(log);
            Assert.Contains(lines, static line => line.Contains("VSE2043", StringComparison.Ordinal) && line.Contains("prefx", StringComparison.Ordinal));
            Assert.Contains(lines, static line => line.Contains("VSE2040", StringComparison.Ordinal));
            Assert.Equal(3, lines.Count(static line => line.Contains("configuration refused, the running one stays", StringComparison.Ordinal)));
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public async Task Post_KongDocument_KeepsTheMeshServed()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("kong"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(Answer("mesh"), null, WithKong);
        Assert.Equal(HttpStatusCode.Created, await PostAsync(mesh, KongText.Single(upstream.Address)));
        Assert.Equal("kong", await BodyAsync(mesh.Edge.Proxy));
        Assert.Equal("mesh", await BodyAsync(mesh.EndPoint(80)));

        // Nor does a refused one change either.
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(mesh, "_format_version: \"3.0\"\nservices: [{name: a}]\n"));
        Assert.Equal("kong", await BodyAsync(mesh.Edge.Proxy));
        Assert.Equal("mesh", await BodyAsync(mesh.EndPoint(80)));
    }

    [Fact]
    public async Task Reload_MeshAlone_KeepsWhatWasPosted()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("posted"));
        await using RunningMesh mesh = await RunningMesh.StartAsync(Answer("one"), null, WithKong);
        Assert.Equal(HttpStatusCode.Created, await PostAsync(mesh, KongText.Single(upstream.Address)));
        await mesh.ReloadAsync(Answer("two"));
        Assert.Equal("two", await BodyAsync(mesh.EndPoint(80)));
        Assert.Equal("posted", await BodyAsync(mesh.Edge.Proxy));
    }

    [Fact]
    public async Task Watch_FileThatChangesAfterAPost_WinsWhenItsContentIsAnother()
    {
        await using ScriptedUpstream posted = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("posted"));
        await using ScriptedUpstream first = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("first"));
        await using ScriptedUpstream second = ScriptedUpstream.Respond(_ => ScriptedUpstream.Ok("second"));
        string file = Path.Combine(Directory.CreateTempSubdirectory("edge-watched-").FullName, "kong.yml");
        await File.WriteAllTextAsync(file, KongText.Single(first.Address));
        try
        {
            await using RunningMesh mesh = await RunningMesh.StartAsync(Answer("mesh"), [file], WithKong);
            string watched = mesh.PathOf("kong.yml");
            ConfigSource source = new(mesh.Edge.Settings);
            await using ConfigWatcher watcher = new(source, changed => new ValueTask(mesh.Edge.Host.ReloadAsync(changed)), TimeProvider.System);
            watcher.Start(source.Load());
            double before = await mesh.Edge.CounterAsync("vse_config_reloads_total", "published");
            Assert.Equal("first", await BodyAsync(mesh.Edge.Proxy));
            Assert.Equal(HttpStatusCode.Created, await PostAsync(mesh, KongText.Single(posted.Address)));
            await File.WriteAllTextAsync(watched, KongText.Single(first.Address));
            Assert.Equal("posted", await BodyAsync(mesh.Edge.Proxy));
            await File.WriteAllTextAsync(watched, KongText.Single(second.Address));
            await Eventually.TrueAsync(() => BodyAsync(mesh.Edge.Proxy).GetAwaiter().GetResult() == "second", "the changed file is served");
            Assert.Equal("mesh", await BodyAsync(mesh.EndPoint(80)));

            // Once for the post, once for the other content: the same content again was no change.
            Assert.Equal(before + 2, await mesh.Edge.CounterAsync("vse_config_reloads_total", "published"));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    private static string Answer(string body) =>
        MeshText.Plain($"  - match: [{{uri: {{prefix: /}}}}]\n    directResponse: {{status: 200, body: {{string: {body}}}}}").Replace("example.com", "*.test", StringComparison.Ordinal);

    private static async Task<string> BodyAsync(IPEndPoint address)
    {
        await using RawClient client = await RawClient.ConnectAsync(address);
        return (await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")).Body;
    }

    private static async Task<HttpStatusCode> StatusAsync(string url)
    {
        using HttpClient http = new();
        using HttpResponseMessage response = await http.GetAsync(url);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> PostAsync(RunningMesh mesh, string document)
    {
        using HttpClient http = new();
        using StringContent content = new(document, System.Text.Encoding.UTF8, "text/yaml");
        using HttpResponseMessage response = await http.PostAsync($"http://{mesh.Edge.Admin}/config", content);
        return response.StatusCode;
    }
}
