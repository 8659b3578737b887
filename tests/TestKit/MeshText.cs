using System.Net;

namespace VoltageSoda.Edge.TestKit;

/// <summary>Istio documents for tests.</summary>
public static class MeshText
{
    /// <summary>A plain Gateway on port 80, a virtual service with the given rules on it, and a mesh with an access log.</summary>
    /// <param name="http">Rules, a YAML list with two blanks in front.</param>
    /// <param name="more">Further documents, each behind a separator of its own.</param>
    /// <param name="format">Format of the access log.</param>
    public static string Plain(string http, string more = "", string format = "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%") => $$"""
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: gateway, namespace: test}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: 80, name: http, protocol: HTTP}
            hosts: ["*"]
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: routes, namespace: test}
        spec:
          hosts: ["example.com"]
          gateways: [gateway]
          http:
        {{http}}
        ---
        apiVersion: install.istio.io/v1alpha1
        kind: IstioOperator
        metadata: {name: mesh, namespace: istio-system}
        spec:
          meshConfig:
            accessLogFile: ${LOG}
            accessLogFormat: "{{format.Replace("\"", "\\\"", StringComparison.Ordinal)}}\n"
        ---
        {{more}}
        """;

    /// <summary>A ServiceEntry for a host whose endpoints are at these addresses.</summary>
    public static string Service(string host, int port, params (IPEndPoint Address, string Labels)[] endpoints) => Service("test", host, port, endpoints);

    /// <summary>The same in a namespace.</summary>
    public static string Service(string ns, string host, int port, params (IPEndPoint Address, string Labels)[] endpoints) => $$"""
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: {{host.Replace('.', '-')}}-{{port}}, namespace: {{ns}}}
        spec:
          hosts: ["{{host}}"]
          resolution: STATIC
          ports: [{number: {{port}}, name: http, protocol: HTTP}]
          endpoints:
        {{string.Join('\n', endpoints.Select(endpoint => $"  - {{address: {endpoint.Address.Address}, ports: {{http: {endpoint.Address.Port}}}, labels: {{{endpoint.Labels}}}}}"))}}
        ---

        """;

    /// <summary>A destination rule without subsets.</summary>
    public static string Rule(string host, string policy) => $$"""
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: {{host.Replace('.', '-')}}, namespace: test}
        spec:
          host: {{host}}
          trafficPolicy: {{policy}}
        ---

        """;

    /// <summary>A rule that sends everything below a path to a host.</summary>
    public static string Route(string host, string more = "", string prefix = "/", int port = 80) =>
        $"  - match: [{{uri: {{prefix: \"{prefix}\"}}}}]\n    route: [{{destination: {{host: {host}, port: {{number: {port}}}}}}}]\n{(more.Length == 0 ? "" : "    " + more.Replace("\n", "\n    ", StringComparison.Ordinal) + "\n")}";
}
