using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class SampleGoldenTests
{
    // The variables of the sample's Kubernetes Deployment.
    private static readonly (string, string)[] Deployment =
    [
        ("KONG_DATABASE", "off"),
        ("KONG_PROXY_ACCESS_LOG", "/dev/stdout"),
        ("KONG_ADMIN_ACCESS_LOG", "/dev/stdout"),
        ("KONG_PROXY_ERROR_LOG", "/dev/stderr"),
        ("KONG_ADMIN_ERROR_LOG", "/dev/stderr"),
        ("KONG_LOG_LEVEL", "notice"),
        ("KONG_PLUGINS", "bundled,prometheus,zipkin,http-log,oauth2,jwt,acl,rate-limiting,response-transformer,request-transformer"),
        ("KONG_NGINX_HTTP_INCLUDE", "/kong/nginx/include/nginx.conf"),
        ("KONG_NGINX_PROXY_INCLUDE", "/kong/nginx/include/nginx-proxy.conf"),
        ("KONG_NGINX_ADMIN_INCLUDE", "/kong/nginx/include/nginx-admin.conf"),
        ("KONG_ADMIN_LISTEN", "0.0.0.0:8001, 0.0.0.0:8444 ssl"),
        ("KONG_ADMIN_GUI_LISTEN", "0.0.0.0:8002, 0.0.0.0:8445 ssl"),
        ("KONG_ADMIN_LISTENER", "0.0.0.0:8001, 0.0.0.0:8444 ssl"),
        ("KONG_PROXY_LISTEN", "0.0.0.0:8000, 0.0.0.0:8443 ssl http2"),
        ("KONG_STATUS_LISTEN", "0.0.0.0:8100"),
        ("KONG_CLUSTER_LISTEN", "0.0.0.0:8005"),
        ("KONG_CLUSTER_TELEMETRY_LISTEN", "0.0.0.0:8006"),
        .. Loading.SampleSecrets,
    ];

    [Fact]
    public void Load_SuppliedFileAndDeployment_MatchesGolden()
    {
        LoadResult result = Loading.Sample("compat", Deployment);
        Assert.False(result.Refused);
        Golden.Equal("tests/Edge.Tests/Configuration/Golden/sample-deployment.txt", Render(result));
    }

    [Fact]
    public void Load_SuppliedFileWithoutSecrets_StartsWithCredentialsDisabled()
    {
        LoadResult result = Loading.Sample("compat");
        Assert.False(result.Refused);
        Golden.Equal("tests/Edge.Tests/Configuration/Golden/sample-without-secrets.txt", Render(result));
        Assert.All(result.Model!.Consumers.SelectMany(consumer => consumer.JwtCredentials), credential => Assert.True(credential.Disabled));
    }

    [Fact]
    public void Load_SuppliedFileInStrictMode_RefusesAsKongDoes()
    {
        LoadResult result = Loading.Sample("strict", Loading.SampleSecrets);
        Assert.True(result.Refused);
        Assert.Null(result.Model);
        Golden.Equal("tests/Edge.Tests/Configuration/Golden/sample-strict.txt", Render(result));
    }

    [Fact]
    public void Load_SuppliedFile_MatchesGoldenModel()
    {
        KongModel model = Loading.Sample("compat", Loading.SampleSecrets).Model!;
        Golden.Equal("tests/Edge.Tests/Configuration/Golden/sample-model.txt", ModelText.Render(model, Loading.Root));
    }

    [Fact]
    public void Load_SuppliedFileWithOverlay_BalancesTheThreeHosts()
    {
        string overlay = Path.Combine(Loading.Root, "samples", "voltage-soda", "overlay.yml");
        LoadResult result = new ConfigSource(
            VoltageSoda.Edge.Configuration.Settings.EdgeSettings.From([("BACKEND_ADDR", "127.0.0.1:41000"), .. Loading.SampleSecrets]),
            [Loading.SampleFile, overlay]).Load();
        Assert.False(result.Refused);
        KongModel model = result.Model!;
        Assert.Equal(model.Services.Select(service => service.Host), model.Upstreams.Select(upstream => upstream.Name));
        Assert.Equal(["127.0.0.1:3000", "127.0.0.1:41000", "127.0.0.1:8081"], model.Upstreams.Select(upstream => Assert.Single(upstream.Targets).Target));
        Assert.DoesNotContain(result.Findings, finding => finding.Span.File == overlay);
    }

    [Fact]
    public void Render_EverySecretGiven_ShowsNone()
    {
        LoadResult result = Loading.Sample("compat", Loading.SampleSecrets);
        string shown = string.Join('\n',
            DiagnosticText.Text(result.Findings),
            DiagnosticText.Json(result),
            DiagnosticText.Sarif(result, "1"),
            ModelText.Render(result.Model!, Loading.Root),
            string.Join('\n', result.Model!.Consumers.SelectMany(consumer => consumer.JwtCredentials)),
            string.Join('\n', result.Model!.Plugins.Select(plugin => plugin.Config)));
        foreach ((string name, string value) in Loading.SampleSecrets)
        {
            Assert.False(shown.Contains(value, StringComparison.Ordinal), $"the value of {name} is shown");
        }
    }

    private static string Render(LoadResult result) =>
        DiagnosticText.Text(result.Findings).Replace(Loading.Root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
}
