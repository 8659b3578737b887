using System.Net;
using VoltageSoda.Edge.Cli.Explain;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Cli.Gateway;

/// <summary>The documents of all cases served over real sockets, and an explainer that was given the same settings.</summary>
public sealed class GatewayTable : IAsyncLifetime
{
    private static readonly string[] Names = ["a", "b", "odd", "shadow"];

    private readonly TestAuthority _authority = new();
    private RunningMesh _mesh = null!;
    private ExplainProbe _probe = null!;
    private int _logged;

    /// <summary>Upstreams by the names of their hosts.</summary>
    public Dictionary<string, ScriptedUpstream> Upstreams { get; } = Names.ToDictionary(
        static name => name,
        static name => ScriptedUpstream.Respond(request => ScriptedUpstream.Ok(
            request.Method == "HEAD" ? "" : name, "Server: origin", "X-From: " + name, "X-Gone: 1", "X-Kept: 1", "X-Twice: a", "Access-Control-Allow-Origin: mine")));

    private string Documents => $$$"""
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
        kind: Gateway
        metadata: {name: other, namespace: test}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: 8080, name: http, protocol: HTTP}
            hosts: ["*"]
        ---
        apiVersion: install.istio.io/v1alpha1
        kind: IstioOperator
        metadata: {name: mesh, namespace: istio-system}
        spec:
          meshConfig:
            accessLogFile: ${LOG}
            accessLogFormat: "%ROUTE_NAME% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %DURATION%\n"
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: split, namespace: test}
        spec:
          host: split
          subsets:
          - {name: stable, labels: {version: stable}}
          - {name: canary, labels: {version: canary}}
          - {name: nobody, labels: {version: nobody}}
        ---
        {{{MeshText.Service("a.test.svc.cluster.local", 80, (Upstreams["a"].EndPoint, ""))}}}
        {{{MeshText.Service("b.test.svc.cluster.local", 80, (Upstreams["b"].EndPoint, ""))}}}
        {{{MeshText.Service("odd.test.svc.cluster.local", 9090, (Upstreams["odd"].EndPoint, ""))}}}
        {{{MeshText.Service("shadow.test.svc.cluster.local", 80, (Upstreams["shadow"].EndPoint, ""))}}}
        {{{MeshText.Service("split.test.svc.cluster.local", 80, (Upstreams["a"].EndPoint, "version: stable"), (Upstreams["b"].EndPoint, "version: canary"))}}}
        """;

    public async Task InitializeAsync()
    {
        _mesh = await RunningMesh.StartAsync(Documents + GatewayCases.All.Documents);
        _mesh.WriteCertificate("gw/cert", _authority.Issue(["tls.test", "*.tls.test"]));
        _probe = new ExplainProbe(_mesh.Edge.Settings);
    }

    public async Task DisposeAsync()
    {
        await _probe.DisposeAsync();
        await _mesh.DisposeAsync();
        foreach (ScriptedUpstream upstream in Upstreams.Values)
        {
            await upstream.DisposeAsync();
        }

        _authority.Dispose();
    }

    internal static RequestLine Line(GatewayRequest request) =>
        RequestLine.Parse(request.Method, request.FullUrl, request.Fields, IPAddress.Loopback);

    internal Task<Explanation> ExplainAsync(RequestLine line) => _probe.ExplainAsync(line);

    /// <summary>Text of a line of the loaded documents.</summary>
    internal static string TextAt(Place place) => File.ReadLines(place.File).ElementAt(place.Line - 1);

    /// <summary>Sends a request over a connection of its own; null when the handshake is closed.</summary>
    internal async Task<Served?> SendAsync(RequestLine line)
    {
        int[] seen = [.. Upstreams.Values.Select(static upstream => upstream.Requests.Count)];
        int port = line.IsHttps ? 443 : line.Port is 8080 ? 8080 : 80;
        RawClient client;
        try
        {
            client = line.IsHttps
                ? await RawClient.ConnectTlsAsync(_mesh.EndPoint(port), RawClient.AnyCertificate(line.ServerName!))
                : await RawClient.ConnectAsync(_mesh.EndPoint(port));
        }
        catch (Exception closed) when (closed is IOException or System.Security.Authentication.AuthenticationException)
        {
            await _mesh.LinesAsync(++_logged);
            return null;
        }

        await using (client)
        {
            await client.SendAsync(line.ToHead(""));
            RawResponse response = await client.ReceiveAsync(isHead: line.Method == "HEAD");
            string[] log = (await _mesh.LinesAsync(++_logged))[^1].Split(' ');
            UpstreamRequest? received = response.Header("x-from") is { } name ? Upstreams[name].Requests.Last() : null;
            return new Served(response, received, log[0], log[1], log[2], int.Parse(log[3]), [.. Upstreams.Keys.Where((_, i) => Upstreams.Values.ElementAt(i).Requests.Count != seen[i])]);
        }
    }
}

/// <summary>What became of a request.</summary>
/// <param name="Response">The answer.</param>
/// <param name="Received">The request as the upstream that answered got it; null when none did.</param>
/// <param name="Rule">Route name out of the access log.</param>
/// <param name="Flags">Response flags.</param>
/// <param name="Details">Details.</param>
/// <param name="Duration">Milliseconds.</param>
/// <param name="Reached">Upstreams that got something.</param>
internal sealed record Served(
    RawResponse Response, UpstreamRequest? Received, string Rule, string Flags, string Details, int Duration, string[] Reached);
