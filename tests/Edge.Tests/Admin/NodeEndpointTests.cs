using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using VoltageSoda.Edge.Admin.Schemas;
using VoltageSoda.Edge.Configuration.Kong;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Tests.Configuration;

namespace VoltageSoda.Edge.Tests.Admin;

/// <summary>What the API tells of the process, and of what it accepts.</summary>
public sealed class NodeEndpointTests : IAsyncLifetime
{
    private AdminEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await AdminEdge.StartAsync(EveryKind.Text,
        ("EDGE_PRODUCT", "kong/3.4.2"), ("KONG_PLUGINS", "bundled,oauth2"), ("KONG_TRUSTED_IPS", "10.0.0.0/8,192.168.0.1"), ("KONG_SSL_CERT_KEY", ""));

    public async Task DisposeAsync() => await _edge.DisposeAsync();

    [Fact]
    public async Task Root_HasKongsMembers()
    {
        JsonNode root = await _edge.GetAsync("/");
        Assert.Equal("3.4.2", root["version"]!.GetValue<string>());
        Assert.True(Guid.TryParse(root["node_id"]!.GetValue<string>(), out _));
        Assert.Equal(910, root["plugins"]!["available_on_server"]!["rate-limiting"]!["priority"]!.GetValue<int>());
        Assert.Equal("3.4.2", root["plugins"]!["available_on_server"]!["jwt"]!["version"]!.GetValue<string>());
        Assert.Null(root["plugins"]!["available_on_server"]!["oauth2"]);
        Assert.Equal(["cors", "jwt", "rate-limiting", "request-transformer"],
            root["plugins"]!["enabled_in_cluster"]!.AsArray().Select(static name => name!.GetValue<string>()));
        Assert.Equal(Environment.ProcessId, root["pids"]!["master"]!.GetValue<int>());
        JsonNode configuration = root["configuration"]!;
        Assert.Equal("off", configuration["database"]!.GetValue<string>());
        Assert.Equal("127.0.0.1:0", configuration["admin_listen"]![0]!.GetValue<string>());
        Assert.Equal("off", configuration["admin_gui_listen"]![0]!.GetValue<string>());
        Assert.False(configuration["real_ip_recursive"]!.GetValue<bool>());
        Assert.Equal("bundled", configuration["plugins"]![0]!.GetValue<string>());
        Assert.Equal("******", configuration["declarative_config_string"]!.GetValue<string>());
        Assert.NotNull(root["timers"]!["pending"]);
        Assert.NotNull(root["lua_version"]);
    }

    [Fact]
    public async Task Endpoints_AreEveryPathInOrder()
    {
        string[] paths = [.. (await _edge.GetAsync("/endpoints"))["data"]!.AsArray().Select(static path => path!.GetValue<string>())];
        Assert.Equal("/", paths[0]);
        Assert.Contains("/services/{services}/routes/{routes}", paths);
        Assert.Contains("/jwts/{jwt_secrets}/consumer", paths);
        Assert.Contains("/schemas/plugins/{name}", paths);
        Assert.True(Array.IndexOf(paths, "/services/{services}") < Array.IndexOf(paths, "/services/{services}/plugins"));
        string page = await File.ReadAllTextAsync(Path.Combine(Loading.Root, "docs", "admin.md"));
        Assert.Contains("```\n" + string.Join('\n', paths) + "\n```\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EnabledPluginsAndTimers_AreThere()
    {
        Assert.Contains("cors", (await _edge.GetAsync("/plugins/enabled"))["enabled_plugins"]!.AsArray().Select(static name => name!.GetValue<string>()));
        JsonNode timers = await _edge.GetAsync("/timers");
        Assert.Equal(1, timers["worker"]!["count"]!.GetValue<int>());
        Assert.NotNull(timers["stats"]!["sys"]!["total"]);
    }

    [Theory]
    [InlineData("/schemas/services", "host", "string")]
    [InlineData("/schemas/routes", "service", "foreign")]
    [InlineData("/schemas/consumers", "username", "string")]
    [InlineData("/schemas/upstreams", "healthchecks", "record")]
    [InlineData("/schemas/jwt_secrets", "algorithm", "string")]
    [InlineData("/schemas/plugins/cors", "config", "record")]
    [InlineData("/schemas/plugins/rate-limiting", "protocols", "set")]
    [InlineData("/plugins/schema/jwt", "consumer", "foreign")]
    public async Task Schema_IsAListOfFields(string path, string field, string type)
    {
        JsonNode schema = await _edge.GetAsync(path);
        JsonNode attributes = schema["fields"]!.AsArray().Single(entry => entry!.AsObject().ContainsKey(field))![field]!;
        Assert.Equal(type, attributes["type"]!.GetValue<string>());
        Assert.NotNull(schema["entity_checks"]);
    }

    [Theory]
    [InlineData("/schemas/bananas", "No entity named 'bananas'")]
    [InlineData("/schemas/plugins/bananas", "No plugin named 'bananas'")]
    [InlineData("/schemas/..%2Fplugins%2Fcors", "No entity named '../plugins/cors'")]
    public async Task Schema_Unknown_Is404(string path, string message)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.CallAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal(message, body!["message"]!.GetValue<string>());
    }

    [Fact]
    public void Schemas_EveryBuiltPlugin_HasOneWhoseNamesItsReaderKnows()
    {
        foreach (string plugin in KongPlugins.Bundled.Where(static name => KongPlugins.Find(name) is { Read: not null, InactiveReason: null }))
        {
            Assert.True(KongSchema.OfPlugin(plugin) is { Priority: not 0 }, $"src/Edge/Admin/Schemas/plugins/{plugin}.json is missing");
        }
    }

    [Fact]
    public void Schemas_EveryBuiltPlugin_NamesTheProtocolsThatItsReaderTakes()
    {
        foreach (string plugin in KongPlugins.Bundled.Where(static name => KongSchema.OfPlugin(name) is not null))
        {
            JsonNode protocols = KongSchema.OfPlugin(plugin)!.DescribePlugin()["fields"]![1]!["protocols"]!;
            Assert.Equal(
                KongPlugins.Find(plugin)!.AnyProtocol ? KongPlugins.AllProtocols : KongPlugins.HttpProtocols,
                protocols["elements"]!["one_of"]!.AsArray().Select(static name => name!.GetValue<string>()));
        }
    }

    [Theory]
    [InlineData("/schemas/services/validate", """{"name":"a","host":"a.b"}""", "schema validation successful", 200)]
    [InlineData("/schemas/services/validate", """{"name":"a"}""", "schema violation (host: required field missing)", 400)]
    [InlineData("/schemas/services/validate", """{"name":"a","host":"a.b","bananas":1}""", "schema violation (bananas: unknown field)", 400)]
    [InlineData("/schemas/routes/validate", """{"paths":["/"],"service":{"id":"0175e0e8-3de9-56b4-96f1-b12dcb4b6691"}}""", "schema validation successful", 200)]
    [InlineData("/schemas/plugins/validate", """{"name":"cors"}""", "schema validation successful", 200)]
    [InlineData("/schemas/plugins/validate", """{"name":"cors","config":{"credentials":"x"}}""", "schema violation (config.credentials: expected a boolean)", 400)]
    [InlineData("/schemas/plugins/validate", """{"name":"x"}""",
        "schema violation (name: plugin 'x' not enabled; add it to the 'plugins' configuration property)", 400)]
    [InlineData("/schemas/plugins/validate", """{"name":"key-auth","protocols":["tcp"]}""",
        "schema violation (protocols.1: expected one of: grpc, grpcs, http, https)", 400)]
    [InlineData("/schemas/plugins/validate", """{"name":"ip-restriction","protocols":["tcp"],"config":{"allow":["10.0.0.1"]}}""", "schema validation successful", 200)]
    [InlineData("/schemas/bananas/validate", "{}", "No entity named 'bananas'", 404)]
    [InlineData("/schemas/services/validate", "nonsense", "Cannot parse JSON body", 400)]
    public async Task Validate_JudgesAnEntity(string path, string entity, string message, int status)
    {
        (HttpStatusCode answered, JsonNode? body) = await _edge.CallAsync(HttpMethod.Post, path, AdminEdge.Body(entity, "application/json"));
        Assert.Equal((status, message), ((int)answered, body!["message"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Validate_TakesAForm()
    {
        FormUrlEncodedContent form = new([new("name", "rate-limiting"), new("config.minute", "5"), new("config.policy", "nowhere")]);
        (HttpStatusCode status, JsonNode? body) = await _edge.CallAsync(HttpMethod.Post, "/schemas/plugins/validate", form);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotNull(body!["fields"]!["config"]!["policy"]);
    }

    [Fact]
    public async Task LogLevel_IsToldAndChanged()
    {
        Assert.Equal("log level: notice", (await _edge.GetAsync("/debug/node/log-level"))["message"]!.GetValue<string>());
        (string Path, int Status, string Message)[] steps =
        [
            ("debug?timeout=600", 200, "log level changed"),
            ("debug", 200, "log level is already debug"),
            ("loud", 400, "unknown log level: loud"),
            ("warn?timeout=-1", 400, "timeout must be greater than or equal to 0"),
        ];
        foreach ((string path, int status, string message) in steps)
        {
            (HttpStatusCode answered, JsonNode? body) = await _edge.CallAsync(HttpMethod.Put, "/debug/node/log-level/" + path);
            Assert.Equal((status, message), ((int)answered, body!["message"]!.GetValue<string>()));
        }

        Assert.Equal("log level: debug", (await _edge.GetAsync("/debug/node/log-level"))["message"]!.GetValue<string>());
        await using AdminEdge exact = await AdminEdge.StartAsync("", ("EDGE_KONG_EXACT", "1"));
        (HttpStatusCode refused, JsonNode? why) = await exact.CallAsync(HttpMethod.Put, "/debug/node/log-level/debug");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused);
        Assert.Equal("cannot change log level when not using a database", why!["message"]!.GetValue<string>());
    }

    [Fact]
    public void LogLevel_AfterItsTime_IsTheConfiguredOneAgain()
    {
        FakeTimeProvider time = new();
        using LogLevelSwitch levels = new(LogLevel.Warning, time);
        levels.Set(LogLevel.Trace, TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(LogLevel.Trace, levels.Current);
        levels.Set(LogLevel.Debug, TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(LogLevel.Debug, levels.Current);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(LogLevel.Warning, levels.Current);
    }

    [Fact]
    public async Task Latency_LeftOutOfHeaders_IsNotSent()
    {
        await using AdminEdge edge = await AdminEdge.StartAsync("", ("KONG_HEADERS", "server_tokens"));
        using HttpResponseMessage answer = await edge.SendAsync(HttpMethod.Get, "/status");
        Assert.False(answer.Headers.Contains("X-Kong-Admin-Latency"));
        Assert.NotEmpty(answer.Headers.Server);
    }

    [Fact]
    public async Task Gui_Answers404()
    {
        await using AdminEdge edge = await AdminEdge.StartAsync("", ("KONG_ADMIN_GUI_LISTEN", "127.0.0.1:0"));
        using HttpClient client = new();
        foreach (string path in (string[])["/", "/overview", "/status"])
        {
            using HttpResponseMessage answer = await client.GetAsync($"http://{edge.Edge.Host.GuiEndPoints[0]}{path}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }
}
