using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Tests.Snapshot.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

/// <summary>What only compiling the Gateways shows, as <c>check</c> tells it.</summary>
public sealed class GatewayFindingsTests
{
    private const string Kong = "_format_version: \"3.0\"\nservices:\n- name: s\n  host: a.test\n  routes: [{name: r, paths: [/]}]\n";

    [Theory]
    [InlineData("KONG_PROXY_LISTEN", "127.0.0.1:18000")]
    [InlineData("KONG_ADMIN_LISTEN", "127.0.0.1:18000")]
    [InlineData("KONG_STATUS_LISTEN", "127.0.0.1:18000")]
    public void Port_OfAnotherListener_RefusesAndNamesTheSetting(string setting, string listen)
    {
        LoadResult loaded = Load(Kong, [(setting, listen), ("EDGE_GATEWAY_PORT_MAP", "80=18000")], MeshYaml.PlainGateway);

        Assert.True(loaded.Refused);
        ConfigDiagnostic finding = loaded.One("VSE2204");
        Assert.Contains(setting, finding.Message);
        Assert.Contains("EDGE_GATEWAY_PORT_MAP=80=18001", finding.Hint);
        Assert.True(finding.Span.Line > 0);
    }

    [Fact]
    public void Port_Free_LoadsBothDialects()
    {
        LoadResult loaded = Load(Kong, [("EDGE_GATEWAY_PORT_MAP", "80=18001"), ("KONG_PROXY_LISTEN", "127.0.0.1:18000")], MeshYaml.PlainGateway);

        Assert.False(loaded.Refused);
        Assert.NotNull(loaded.Model);
        Assert.NotNull(loaded.Mesh);
    }

    [Theory]
    [InlineData("VSE2200", "443, name: plain, protocol: HTTP}\n    hosts: [b.com]", "is plain HTTP, other than server https (443)")]
    [InlineData("VSE2201", "5432, name: db, protocol: TCP}\n    hosts: ['*']", "is TCP, which is not served yet")]
    public void Server_Skipped_IsTold(string code, string server, string part)
    {
        LoadResult loaded = Load(
            null,
            [],
            GatewayMergeTests.Gateway("gw", GatewayMergeTests.Https(443, "https", "a.com"), $"  - port: {{number: {server}\n"));

        Assert.False(loaded.Refused);
        Assert.Contains(part, loaded.One(code).Message);
    }

    private static LoadResult Load(string? kong, (string Name, string Value)[] settings, params string[] documents)
    {
        string folder = Directory.CreateTempSubdirectory("mesh-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "mesh.yaml"), string.Join("\n---\n", documents));
            if (kong is not null)
            {
                File.WriteAllText(Path.Combine(folder, "kong.yml"), kong);
            }

            return new ConfigSource(EdgeSettings.From([("EDGE_CONFIG", folder), .. settings])).Load();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
