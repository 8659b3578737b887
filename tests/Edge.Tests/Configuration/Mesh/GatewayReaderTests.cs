using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

public sealed class GatewayReaderTests
{
    private const string Port = "port: {number: 80, name: http, protocol: HTTP}\n";

    [Fact]
    public void Read_Server_KeepsWhatIsWritten()
    {
        Gateway gateway = Read("port: {number: \"443\", name: https, protocol: https}\nhosts: [shop/A.test, ./b.test, '*/*.c.test', '*']\nbind: 10.0.0.1\n"
            + "tls: {mode: SIMPLE, credentialName: cert, minProtocolVersion: TLSV1_3, cipherSuites: [x]}\n");
        GatewayServer server = Assert.Single(gateway.Servers);
        Assert.Equal((443, "https", GatewayProtocol.Https, "10.0.0.1"), (server.Port, server.PortName, server.Protocol, server.Bind));
        Assert.Equal(["shop/a.test", "shop/b.test", "/*.c.test", "/*"], server.Hosts.Select(host => $"{host.Namespace}/{host.Host}"));
        Assert.Equal((GatewayTlsMode.Simple, "cert", MeshTlsVersion.Tls13), (server.Tls!.Mode, server.Tls.CredentialName, server.Tls.MinProtocolVersion));
    }

    [Theory]
    [InlineData("hosts: [a.test]\n", "8 VSE2021")]
    [InlineData(Port, "8 VSE2021")]
    [InlineData("port: {name: http, protocol: HTTP}\nhosts: [a.test]\n", "8 VSE2021")]
    [InlineData("port: {number: 80, protocol: HTTP}\nhosts: [a.test]\n", "8 VSE2021")]
    [InlineData("port: {number: 80, name: http}\nhosts: [a.test]\n", "8 VSE2021")]
    [InlineData("port: {number: 0, name: http, protocol: HTTP}\nhosts: [a.test]\n", "8 VSE2025")]
    [InlineData("port: {number: 70000, name: http, protocol: HTTP}\nhosts: [a.test]\n", "8 VSE2025")]
    [InlineData("port: {number: 80, name: http, protocol: HTP}\nhosts: [a.test]\n", "8 VSE2024")]
    [InlineData("port: {number: 80, name: http, protocol: HTTP, targetPort: 8080}\nhosts: [a.test]\n", "8 VSE2028")]
    [InlineData(Port + "hosts: [a.*.test]\n", "9 VSE2030")]
    [InlineData(Port + "hosts: [a_b.test]\n", "9 VSE2030")]
    [InlineData(Port + "hosts: [a.test]\nbind: nowhere\n", "10 VSE2026")]
    [InlineData(Port + "hosts: [a.test]\ntls: {mode: SIMPEL}\n", "10 VSE2024")]
    [InlineData("port: {number: 443, name: h, protocol: HTTPS}\nhosts: [a.test]\ntls: {mode: SIMPLE, credentialName: c, subjectAltName: [a]}\n", "10 VSE2043")]
    [InlineData("port: {number: 443, name: h, protocol: HTTPS}\nhosts: [a.test]\n", "8 VSE2028")]
    [InlineData("port: {number: 443, name: h, protocol: HTTPS}\nhosts: [a.test]\ntls: {mode: SIMPLE}\n", "10 VSE2021")]
    [InlineData("port: {number: 443, name: h, protocol: HTTPS}\nhosts: [a.test]\ntls: {mode: MUTUAL, serverCertificate: a, privateKey: b}\n", "10 VSE2021")]
    [InlineData("port: {number: 443, name: h, protocol: HTTPS}\nhosts: [a.test]\ntls: {mode: ISTIO_MUTUAL, credentialName: c}\n", "10 VSE2028")]
    [InlineData("port: {number: 443, name: h, protocol: HTTPS}\nhosts: [a.test]\ntls: {mode: SIMPLE, credentialName: c, serverCertificate: a, privateKey: b}\n", "10 VSE2027")]
    [InlineData("port: {number: 443, name: h, protocol: HTTPS}\nhosts: [a.test]\ntls: {mode: SIMPLE, credentialName: c, minProtocolVersion: TLSV1_3, maxProtocolVersion: TLSV1_2}\n", "10 VSE2028")]
    [InlineData("port: {number: 3306, name: db, protocol: MYSQL}\nhosts: [a.test]\ntls: {mode: SIMPLE, credentialName: c}\n", "10 VSE2028")]
    public void Read_WhatIstioRefuses_IsRefusedAtItsPlace(string server, string expected)
    {
        LoadResult result = MeshLoading.Text(Document(server));
        Assert.Contains(expected, result.Codes());
        Assert.True(result.Refused);
        Assert.Empty(MeshLoading.Text(Document(server), "lenient").Mesh!.Gateways);
    }

    [Theory]
    [InlineData("GRPC", true)]
    [InlineData("HTTP2", true)]
    [InlineData("HTTP", false)]
    public void Read_TlsOnPlaintextProtocol_IsNeverPlaintext(string protocol, bool http2)
    {
        string document = Document($"port: {{number: 9443, name: g, protocol: {protocol}}}\nhosts: [a.test]\ntls: {{mode: SIMPLE, credentialName: c}}\n");
        LoadResult result = MeshLoading.Text(document);
        GatewayServer server = result.Mesh!.Gateways[0].Servers[0];
        Assert.Equal((GatewayProtocol.Https, http2), (server.Protocol, server.Http2Only));
        Assert.Equal(http2, result.Findings.Any(finding => finding.Code == "VSE2044"));
        Assert.Equal((8, DiagnosticSeverity.Warning), (result.One("VSE2124").Span.Line, result.One("VSE2124").Severity));
        Assert.True(MeshLoading.Text(document, "strict").Refused);
    }

    [Theory]
    [InlineData("MUTUAL, credentialName: c", "10 VSE2042", DiagnosticSeverity.Error)]
    [InlineData("ISTIO_MUTUAL", "10 VSE2042", DiagnosticSeverity.Error)]
    [InlineData("OPTIONAL_MUTUAL, credentialName: c", "10 VSE2042", DiagnosticSeverity.Error)]
    public void Read_ServerThatAsksForCertificates_IsTold(string mode, string expected, DiagnosticSeverity severity)
    {
        LoadResult result = MeshLoading.Text(Document($"port: {{number: 443, name: h, protocol: HTTPS}}\nhosts: [a.test]\ntls: {{mode: {mode}}}\n"));
        Assert.Equal([expected], result.Codes());
        Assert.Contains(result.Findings, finding => finding.Severity == severity);
        Assert.False(result.Refused);
    }

    [Fact]
    public void Read_RedirectOnPlainServer_IsClean() =>
        Assert.Empty(MeshLoading.Text(Document(Port + "hosts: [a.test]\ntls: {httpsRedirect: true}\n")).Codes());

    [Fact]
    public void Read_RedirectOnHttpsServer_IsInert() =>
        Assert.Equal(["10 VSE2058"], MeshLoading.Text(Document("port: {number: 443, name: h, protocol: HTTPS}\nhosts: [a.test]\ntls: {mode: SIMPLE, credentialName: c, httpsRedirect: true}\n")).Codes());

    [Fact]
    public void Read_TwoServersWithOnePortName_IsRefused() =>
        Assert.Contains("11 VSE2028", MeshLoading.Text(MeshLoading.Document("Gateway",
            "selector: {istio: ingressgateway}\nservers:\n- hosts: [a.test]\n  port: {number: 80, name: http, protocol: HTTP}\n- port: {number: 81, name: http, protocol: HTTP}\n  hosts: [a.test]\n")).Codes());

    [Fact]
    public void Read_NoServer_IsRefused() => Assert.Contains("7 VSE2021", MeshLoading.Text(MeshLoading.Document("Gateway", "selector: {a: b}")).Codes());

    [Fact]
    public void Read_SelectorOfOthers_IsTold() =>
        Assert.Equal(["1 VSE2054"], MeshLoading.Text(MeshLoading.Document("Gateway", "selector: {istio: egressgateway}\nservers:\n- hosts: [a.test]\n  " + Port)).Codes());

    private static string Document(string server) =>
        MeshLoading.Document("Gateway", "servers:\n- " + server.TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal));

    private static Gateway Read(string server) => Assert.Single(MeshLoading.Text(Document(server)).Mesh!.Gateways);
}
