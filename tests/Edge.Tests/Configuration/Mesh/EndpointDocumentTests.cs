using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Tests.Configuration.Mesh;

public sealed class EndpointDocumentTests
{
    [Fact]
    public void Read_ServiceEntry_IsKept()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document("ServiceEntry",
            "hosts: [Api.example.com]\naddresses: [10.0.0.0/8]\nlocation: MESH_INTERNAL\nresolution: STATIC\nports: [{number: 443, name: tls, protocol: https, targetPort: 8443}]\n"
            + "endpoints:\n- {address: 10.1.1.1, ports: {tls: 9443}, labels: {version: v1}, locality: eu/a/b, weight: 3, network: n}\n- {address: '::1'}\n"));
        Assert.Empty(result.Codes());
        ServiceEntry entry = result.Mesh!.ServiceEntries[0];
        Assert.Equal(("api.example.com", true, ServiceResolution.Static), (entry.Hosts[0].Name, entry.IsInternal, entry.Resolution));
        Assert.Equal((443, "tls", "HTTPS", 8443), (entry.Ports[0].Number, entry.Ports[0].Name, entry.Ports[0].Protocol, entry.Ports[0].TargetPort));
        Assert.Equal(("10.1.1.1", 9443, "version=v1", "eu/a/b", 3, "n"), (entry.Endpoints[0].Address, entry.Endpoints[0].Ports["tls"], entry.Endpoints[0].Labels.ToString(),
            entry.Endpoints[0].Locality, entry.Endpoints[0].Weight, entry.Endpoints[0].Network));
    }

    [Theory]
    [InlineData("resolution: DNS", "VSE2021")]
    [InlineData("hosts: ['*']\nresolution: NONE", "VSE2030")]
    [InlineData("hosts: [a.test]\nresolution: DNSS", "VSE2024")]
    [InlineData("hosts: [a.test]\naddresses: [x]", "VSE2026")]
    [InlineData("hosts: [a.test]\naddresses: [10.0.0.0/8]\nresolution: DNS", "VSE2028")]
    [InlineData("hosts: ['*.a.test']\nresolution: DNS", "VSE2028")]
    [InlineData("hosts: [a.test]\nendpoints: [{address: 1.2.3.4}]", "VSE2028")]
    [InlineData("hosts: [a.test]\nresolution: STATIC\nendpoints: [{address: a.test}]", "VSE2026")]
    [InlineData("hosts: [a.test]\nresolution: STATIC\nendpoints: [{}]", "VSE2021")]
    [InlineData("hosts: [a.test]\nresolution: STATIC\nendpoints: [{address: 1.2.3.4, ports: {x: 80}}]", "VSE2026")]
    [InlineData("hosts: [a.test]\nresolution: STATIC\nworkloadSelector: {labels: {a: b}}\nendpoints: [{address: 1.2.3.4}]", "VSE2027")]
    [InlineData("hosts: [a.test]\nresolution: DNS_ROUND_ROBIN\nendpoints: [{address: a.test}, {address: b.test}]", "VSE2028")]
    [InlineData("hosts: [a.test]\nports: [{number: 80, name: a}, {number: 80, name: b}]", "VSE2028")]
    [InlineData("hosts: [a.test]\nports: [{number: 80, name: a}, {number: 81, name: a}]", "VSE2028")]
    [InlineData("hosts: [a.test]\nports: [{name: a}]", "VSE2021")]
    [InlineData("hosts: [a.test]\nports: [{number: 80}]", "VSE2021")]
    [InlineData("hosts: [a.test]\nports: [{number: 80, name: a, protocol: HTP}]", "VSE2024")]
    [InlineData("hosts: [a.test, b.test]\nresolution: DNS\nports: [{number: 5432, name: a, protocol: TCP}]", "VSE2028")]
    public void Read_ServiceEntryThatIstioRefuses_IsRefused(string spec, string code) =>
        Assert.Contains(MeshLoading.Text(MeshLoading.Document("ServiceEntry", spec)).Findings, finding => finding.Code == code && finding.Refuses);

    [Fact]
    public void Read_WorkloadEntry_IsKept()
    {
        LoadResult result = MeshLoading.Text(MeshLoading.Document("WorkloadEntry", "address: vm.example.com\nports: {http: 8080}\nlabels: {app: a}\nserviceAccount: sa"));
        Assert.Empty(result.Codes());
        WorkloadEndpoint endpoint = result.Mesh!.WorkloadEntries[0].Endpoint;
        Assert.Equal(("vm.example.com", 8080, "app=a", "sa"), (endpoint.Address, endpoint.Ports["http"], endpoint.Labels.ToString(), endpoint.ServiceAccount));
        Assert.True(MeshLoading.Text(MeshLoading.Document("WorkloadEntry", "labels: {app: a}")).Refused);
        Assert.True(MeshLoading.Text(MeshLoading.Document("WorkloadEntry", "address: a b")).Refused);
    }

    [Fact]
    public void Read_KubernetesDocuments_GiveEndpointsWithTheLabelsOfTheirPods()
    {
        LoadResult result = MeshLoading.Text("""
            apiVersion: v1
            kind: List
            items:
            - apiVersion: v1
              kind: Service
              metadata: {name: a, namespace: shop}
              spec:
                clusterIP: None
                selector: {app: a}
                ports: [{port: 80, targetPort: web, name: http-web}, {port: 9090, targetPort: "9091", name: grpc}, {port: 53, protocol: UDP, name: dns}]
                sessionAffinity: None
            - apiVersion: discovery.k8s.io/v1
              kind: EndpointSlice
              metadata: {name: a-1, namespace: shop, labels: {kubernetes.io/service-name: a, from: slice}}
              addressType: IPv4
              ports: [{name: http-web, port: 8080}]
              endpoints:
              - addresses: [10.0.0.1]
                zone: z
                nodeName: n
                targetRef: {kind: Pod, name: a-pod}
              - addresses: [10.0.0.2]
                conditions: {ready: false, terminating: true}
            - apiVersion: v1
              kind: Pod
              metadata: {name: a-pod, namespace: shop, labels: {version: v1}}
            - apiVersion: v1
              kind: Secret
              metadata: {name: cert, namespace: shop}
              type: kubernetes.io/tls
              data: {tls.crt: Y2VydA==, tls.key: a2V5}
              stringData: {ca.crt: roots}
            """);
        Assert.Empty(result.Codes());
        KubernetesService service = result.Mesh!.KubernetesServices[0];
        Assert.Equal(("a.shop.svc.cluster.local", true, "app=a"), (service.Host, service.IsHeadless, service.Selector.ToString()));
        Assert.Equal(["80 HTTP web ", "9090 GRPC  9091", "53 UDP  "], service.Ports.Select(port => $"{port.Number} {port.Protocol} {port.TargetPortName} {port.TargetPort}"));
        EndpointSlice slice = result.Mesh.EndpointSlices[0];
        Assert.Equal(("a", 8080), (slice.ServiceName, slice.Ports[0].Port));
        Assert.Equal(("v1", "slice", "z", true), (slice.Endpoints[0].Labels["version"], slice.Endpoints[0].Labels["from"], slice.Endpoints[0].Zone, slice.Endpoints[0].Ready));
        Assert.Equal((false, true, null), (slice.Endpoints[1].Ready, slice.Endpoints[1].Terminating, slice.Endpoints[1].Labels["version"]));
        TlsSecret secret = result.Mesh.TlsSecrets[0];
        Assert.Equal(("cert", "key", "roots"), (secret.Certificate, secret.Key!.Reveal(), secret.CaCertificates));
        Assert.DoesNotContain("Y2V5", secret.ToString());
        Assert.DoesNotContain("key ", secret.ToString());
    }

    [Theory]
    [InlineData("apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\n", "VSE2021")]
    [InlineData("apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a, labels: {kubernetes.io/service-name: a}}\nendpoints: [{}]\n", "VSE2021")]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 99999}]}\n", "VSE2025")]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{name: a}]}\n", "VSE2021")]
    [InlineData("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {tls.crt: '###', tls.key: a2V5}\n", "VSE2026")]
    [InlineData("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {tls.key: a2V5}\n", "VSE2021")]
    public void Read_KubernetesDocumentThatCannotBeUsed_IsRefused(string document, string code) =>
        Assert.Contains(MeshLoading.Text(document).Findings, finding => finding.Code == code && finding.Refuses);

    [Fact]
    public void Read_OtherSecretsAndKinds_SayNothing()
    {
        LoadResult result = MeshLoading.Text("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: cGFzcw==}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\n"
            + "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: c}\nspec: {}\n");
        Assert.Equal(["6 VSE2002", "10 VSE2010"], result.Codes());
        Assert.Empty(result.Mesh!.TlsSecrets);
        Assert.Equal("c", result.Mesh.NetworkPolicies[0].Name);
        Assert.All(result.Findings.Where(finding => finding.Code.StartsWith("VSE2", StringComparison.Ordinal)), finding => Assert.Equal(DiagnosticSeverity.Info, finding.Severity));
    }
}
