using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Tests.Configuration;
using VoltageSoda.Edge.Tests.Telemetry;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>
/// The Kong Deployment of the sample with nothing changed but the image: its environment and its mounted kong.yml, verbatim but for ports that
/// are free here.
/// </summary>
public sealed class ImageSwapTests : IDisposable
{
    private const int Hup = 1;
    private const int Quit = 3;
    private const int UserOne = 10;
    private const int Terminate = 15;

    private readonly Dictionary<int, ReservedPort> _ports = [];

    public void Dispose()
    {
        foreach (ReservedPort port in _ports.Values)
        {
            port.Dispose();
        }
    }

    [Fact]
    public async Task Deployment_RunsWithItsPortsProbesAndLogs()
    {
        await using ChildProcess process = new(Variables(), "run");
        await process.PrintedAsync("ready after");
        using HttpClient client = new();

        // The probes and the scrape annotation.
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(At(8100, "/status"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(At(8100, "/status/ready"))).StatusCode);
        Assert.Contains("kong_node_info", await client.GetStringAsync(At(8100, "/metrics")), StringComparison.Ordinal);

        JsonNode services = JsonNode.Parse(await client.GetStringAsync(At(8001, "/services")))!;
        Assert.Equal(
            ["voltage-soda-frontend-service", "voltage-soda-backend-service", "voltage-soda-flavors-service"],
            services["data"]!.AsArray().Select(static service => service!["name"]!.GetValue<string>()));
        Assert.Equal("cee51348-20d3-5d20-b90a-c10312db440c", services["data"]![1]!["id"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(At(8002, "/"))).StatusCode);
        HttpResponseMessage unrouted = await client.DeleteAsync(At(8000, "/nowhere"));
        Assert.Equal(HttpStatusCode.NotFound, unrouted.StatusCode);
        Assert.Contains("no Route matched with those values", await unrouted.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await process.PrintedAsync("\"GET /services HTTP/1.1\" 200");
        await process.PrintedAsync("\"DELETE /nowhere HTTP/1.1\" 404");
        Assert.Contains("did you mean 'KONG_ADMIN_LISTEN'?", process.Output, StringComparison.Ordinal);
        Assert.Contains("nginx snippets are not supported", process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("KONG_DATABASE: ", process.Output, StringComparison.Ordinal);

        process.Signal(UserOne);
        int published = Count(process.Output, "published");
        process.Signal(Hup);
        await Eventually(() => Count(process.Output, "published") > published);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(At(8100, "/status"))).StatusCode);

        process.Signal(Quit);
        Assert.Equal(0, await process.ExitCodeAsync());
    }

    [Fact]
    public async Task Terminated_StaysAliveForItsProbeWhileNotReady()
    {
        await using ChildProcess process = new([.. Variables(), ("MINIMUM_DRAIN_DURATION", "10m")], "run");
        await process.PrintedAsync("ready after");
        using HttpClient client = new();

        process.Signal(Terminate);
        await process.PrintedAsync("draining");

        HttpResponseMessage ready = await client.GetAsync(At(8100, "/status/ready"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("{\"message\":\"draining\"}", await ready.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(At(8100, "/status"))).StatusCode);

        // A second signal ends the wait; nothing was in flight.
        process.Signal(Terminate);
        Assert.Equal(0, await process.ExitCodeAsync());
    }

    [Theory]
    [InlineData("exec dotnet \"$0\" run >&- 2>&-")]
    [InlineData("exec dotnet \"$0\" run </dev/null >/dev/null 2>/dev/null")]
    [InlineData("mkfifo \"$1/logs\"; cat \"$1/logs\" >\"$1/seen\" & exec dotnet \"$0\" run >\"$1/logs\" 2>&1")]
    [InlineData("dotnet \"$0\" run 2>&1 | cat >\"$1/seen\"")]
    public async Task StandardHandles_OfAnyKind_DoNotStopIt(string script)
    {
        using TemporaryFolder folder = new();
        ProcessStartInfo start = new("sh") { RedirectStandardInput = true };
        foreach (string argument in (string[])["-c", script, Path.Combine(AppContext.BaseDirectory, "voltage-edge.dll"), folder.Path])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in Variables())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        try
        {
            using HttpClient client = new();
            await Eventually(async () =>
            {
                try
                {
                    return (await client.GetAsync(At(8100, "/status/ready"))).StatusCode == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    Assert.False(process.HasExited, "it ended");
                    return false;
                }
            });
            Assert.Equal(HttpStatusCode.NotFound, (await client.DeleteAsync(At(8000, "/nowhere"))).StatusCode);
            if (script.Contains("seen", StringComparison.Ordinal))
            {
                await Eventually(() => File.Exists(Path.Combine(folder.Path, "seen"))
                    && File.ReadAllText(Path.Combine(folder.Path, "seen")).Contains("\"DELETE /nowhere HTTP/1.1\" 404", StringComparison.Ordinal));
            }
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Configuration_ThatIsRefused_EndsWith65AndSaysWhere()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "kong.yml");
        await File.WriteAllTextAsync(file, "_format_version: \"3.0\"\nservices:\n- name: x\n");
        await using ChildProcess process = new([.. Variables().Where(static pair => pair.Name != "KONG_DECLARATIVE_CONFIG"), ("KONG_DECLARATIVE_CONFIG", file)], "run");
        Assert.Equal(65, await process.ExitCodeAsync());
        await process.PrintedAsync("kong.yml:3:3: error");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static Task Eventually(Func<bool> condition) => Eventually(() => Task.FromResult(condition()));

    private static async Task Eventually(Func<Task<bool>> condition)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            // Nothing tells from outside that a process got this far.
            await Task.Delay(20, patience.Token);
        }
    }

    private string At(int port, string path) => $"http://127.0.0.1:{_ports[port].Number}{path}";

    // The env of the container as it stands in the manifest.
    private (string Name, string Value)[] Variables()
    {
        string manifest = Path.Combine(Loading.Root, "samples", "voltage-soda", "kubernetes", "kong-deployment.yaml");
        YamlNode pod = YamlReader.Read(manifest, File.ReadAllText(manifest)).Documents.OfType<YamlMapping>()
            .Single(static document => document["kind"] is YamlScalar { Text: "Deployment" });
        foreach (string step in (string[])["spec", "template", "spec", "containers"])
        {
            pod = ((YamlMapping)pod)[step]!;
        }

        YamlSequence env = (YamlSequence)((YamlMapping)((YamlSequence)pod).Items[0])["env"]!;
        return [.. env.Items.Cast<YamlMapping>().Select(entry => (((YamlScalar)entry["name"]!).Text, Here(((YamlScalar)entry["value"]!).Text)))];
    }

    private string Here(string value)
    {
        if (value == "/kong/declarative/kong.yml")
        {
            return Loading.SampleFile;
        }

        foreach (int port in (int[])[8000, 8443, 8001, 8444, 8002, 8445, 8100])
        {
            if (value.Contains($"0.0.0.0:{port}", StringComparison.Ordinal))
            {
                if (!_ports.TryGetValue(port, out ReservedPort? free))
                {
                    _ports[port] = free = ReservedPort.Take();
                }

                value = value.Replace($"0.0.0.0:{port}", free.Address, StringComparison.Ordinal);
            }
        }

        return value;
    }
}
