using VoltageSoda.Edge.Configuration;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>Which protocols a plugin may name: a guard for something else than HTTP would guard nothing.</summary>
public sealed class PluginProtocolTests
{
    [Theory]
    [InlineData("key-auth", "{}")]
    [InlineData("basic-auth", "{}")]
    [InlineData("jwt", "{}")]
    [InlineData("acl", "{allow: [g]}")]
    [InlineData("oauth2", "{}")]
    [InlineData("hmac-auth", "{}")]
    [InlineData("cors", "{}")]
    [InlineData("rate-limiting", "{minute: 1}")]
    [InlineData("token-bucket", "{rate: 1, burst: 1}")]
    [InlineData("request-size-limiting", "{}")]
    [InlineData("request-transformer", "{}")]
    [InlineData("response-transformer", "{}")]
    [InlineData("correlation-id", "{}")]
    [InlineData("request-termination", "{}")]
    public void Load_HttpPluginForOtherProtocols_Refuses(string name, string config)
    {
        foreach (string protocol in (string[])["tcp", "tls", "tls_passthrough", "udp", "ws"])
        {
            LoadResult result = Loading.Kong($"plugins:\n- name: {name}\n  protocols: [http, {protocol}]\n  config: {config}\n");
            ConfigDiagnostic finding = result.One("VSE1015");
            Assert.Equal(("protocols: expected one of: grpc, grpcs, http, https", true, 4), (finding.Message, finding.Refuses, finding.Span.Line));
        }
    }

    [Theory]
    [InlineData("ip-restriction", "{allow: [10.0.0.0/8]}")]
    [InlineData("http-log", "{http_endpoint: 'http://log.test'}")]
    [InlineData("prometheus", "{}")]
    [InlineData("zipkin", "{http_endpoint: 'http://zipkin.test'}")]
    [InlineData("tcp-log", "{}")]
    public void Load_PluginOfBothKinds_TakesOtherProtocolsAndTellsWhenItNeverRuns(string name, string config)
    {
        LoadResult both = Loading.Kong($"plugins:\n- name: {name}\n  protocols: [https, tcp, tls, udp]\n  config: {config}\n", "strict");
        Assert.False(both.Refused, DiagnosticText.Text(both.Findings));
        Assert.DoesNotContain(both.Findings, static finding => finding.Code == "VSE1057");
        LoadResult other = Loading.Kong($"plugins:\n- name: {name}\n  protocols: [tcp]\n  config: {config}\n", "strict");
        Assert.False(other.Refused, DiagnosticText.Text(other.Findings));
        Assert.Equal(4, other.One("VSE1057").Span.Line);
    }

    [Theory]
    [InlineData("[]", true, true)]
    [InlineData("[]", false, false)]
    [InlineData("[grpc]", true, false)]
    [InlineData("null", true, false)]
    public void Load_ProtocolsThatNameNothing_AreTold(string protocols, bool enabled, bool told) => Assert.Equal(
        told,
        Loading.Kong($"plugins:\n- {{name: key-auth, protocols: {protocols}, enabled: {(enabled ? "true" : "false")}}}\n").Findings.Any(static finding => finding.Code == "VSE1057"));
}
