using System.Net;
using System.Text;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Cli.Demo;

/// <summary>What the demo prints: where everything is, the tokens, and requests worth trying with what to expect. Pure.</summary>
internal static class DemoText
{
    public static string Welcome(
        DemoSample sample, DemoUpstreams upstreams, IReadOnlyList<string> notes, int findings, EndPoint? proxy, EndPoint? secure, EndPoint? status, EndPoint? admin)
    {
        StringBuilder text = new();
        text.Append($"VoltageSoda.Edge {GatewayFields.ThisVersion}: the Voltage Soda gateway on your machine, with its three upstreams in this process.\n\n");
        foreach (string note in notes)
        {
            text.Append("  ").Append(note).Append('\n');
        }

        Line("proxy", Url(proxy));
        if (secure is not null)
        {
            Line("", $"{Url(secure, "https")}  (a certificate made at start, which no client knows: curl -k)");
        }

        Line("status", status is null ? "off" : $"{Url(status)}/status  /status/ready  /metrics");
        Line("admin", Url(admin));
        foreach ((string name, IPEndPoint address) in upstreams.Addresses)
        {
            Line(name, address.ToString());
        }

        Line("config", $"{sample.Folder}  (kong.yml as deployed, and overlay.yml; edit and save: the edge reloads)");
        Line("", $"{findings} findings on it: voltage-edge check {sample.Folder}");
        return text.ToString();

        void Line(string label, string value) => text.Append($"  {label,-9} {value}\n");
    }

    public static string Tokens(IReadOnlyList<DemoToken> tokens)
    {
        StringBuilder text = new($"\nTokens, valid for {DemoToken.Lifetime.TotalMinutes:0} minutes; paste these lines into another terminal:\n\n");
        foreach (DemoToken token in tokens)
        {
            string groups = token.Consumer.Groups.Count == 0
                ? "in no group"
                : "in " + string.Join(", ", token.Consumer.Groups.Select(static group => group.Group));
            text.Append($"  # {token.Consumer.Label}, {groups}\n  export {token.Variable}={token.Text}\n");
        }

        return text.ToString();
    }

    public static string Examples(EndPoint? proxy, EndPoint? secure, EndPoint? status)
    {
        string url = proxy is null ? Url(secure, "https") : Url(proxy);
        StringBuilder text = new("\nWorth trying there, with what to expect:\n\n");
        Try("200 from frontend, with its own response fields", $"curl -i {url}/");
        Try("200 from the gateway: a preflight that cors answers",
            $"curl -i -X OPTIONS {url}/recipes -H 'Origin: https://voltage-soda.com' -H 'Access-Control-Request-Method: POST'");
        Try("401: no token", $"curl -i {url}/api/v1/orders");
        Try("403: a verified caller in no group that acl allows", $"curl -i {url}/api/v1/orders -H \"Authorization: Bearer $SERVICE_ACCOUNT\"");
        Try("200 from backend, which sees /orders and who calls", $"curl -i {url}/api/v1/orders -H \"Authorization: Bearer $ADMIN\"");
        Try("413: more than the 10 megabytes that the backend takes",
            $"head -c 11000000 /dev/zero | curl -i {url}/api/v1/orders -H \"Authorization: Bearer $ADMIN\" -H 'Expect:' --data-binary @-");
        Try("200 from flavors, which sees API-Version, and RateLimit fields that count down", $"curl -i {url}/api/flavors/cola -H 'X-API-Version: 2'");
        Try("404: no route takes DELETE here", $"curl -i -X DELETE {url}/recipes");
        Try("503 from backend itself, passed on as it is", $"curl -i {url}/api/v1/status/503 -H \"Authorization: Bearer $ADMIN\"");
        if (secure is not null)
        {
            Try("200 over TLS; frontend sees X-Forwarded-Proto: https", $"curl -ik {Url(secure, "https")}/");
        }

        if (status is not null)
        {
            Try("the counters", $"curl -s {Url(status)}/metrics");
        }

        return text.Append("\nCtrl-C stops.\n").ToString();

        void Try(string expectation, string command) => text.Append($"  # {expectation}\n  {command}\n");
    }

    // A wildcard address is no destination; a Unix socket has no port.
    private static string Url(EndPoint? address, string scheme = "http") => address switch
    {
        IPEndPoint { Address: var ip, Port: var port } when ip.Equals(IPAddress.Any) => $"{scheme}://127.0.0.1:{port}",
        IPEndPoint { Address: var ip, Port: var port } when ip.Equals(IPAddress.IPv6Any) => $"{scheme}://[::1]:{port}",
        IPEndPoint ip => $"{scheme}://{ip}",
        null => "off",
        _ => address.ToString() ?? "",
    };
}
