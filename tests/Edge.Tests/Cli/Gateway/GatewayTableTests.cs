using VoltageSoda.Edge.Cli.Explain;
using VoltageSoda.Edge.Cli.Explain.Mesh;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.Tests.Cli.Gateway;

/// <summary>Every request of the tables over real sockets: it ends as the table says, and explain says the same.</summary>
public sealed class GatewayTableTests(GatewayTable table) : IClassFixture<GatewayTable>
{
    public static TheoryData<string, string, string> Requests
    {
        get
        {
            TheoryData<string, string, string> rows = [];
            foreach (GatewayRequest request in GatewayCases.All.Requests)
            {
                rows.Add(request.Place, request.Case, $"{request.Method} {request.Url}");
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_OfATable_EndsAsItSays(string place, string name, string summary)
    {
        GatewayRequest request = GatewayCases.All.Requests.Single(row => row.Place == place);
        Assert.True(request.Expected.Count > 0, $"{name} {summary} expects nothing");
        RequestLine line = GatewayTable.Line(request);

        Explanation explanation = await table.ExplainAsync(line);
        Served? served = await table.SendAsync(line);

        if (request.Expected is ["closed"])
        {
            Assert.Null(served);
            Assert.Equal(OutcomeKind.Closed, explanation.Outcome.Kind);
            return;
        }

        Assert.NotNull(served);
        foreach (string expected in request.Expected.Skip(1))
        {
            await CheckAsync(expected, served);
        }

        string[] words = request.Expected[0].Split(' ');
        Assert.Equal((int.Parse(words[0]), words[1], words.ElementAtOrDefault(2)), (served.Response.Status, served.Rule, served.Response.Header("x-from")));
        Agree(explanation, served);
    }

    private async Task CheckAsync(string expected, Served served)
    {
        string[] words = expected.Split(' ', 2);
        string rest = words.Length > 1 ? words[1] : "";
        switch (words[0])
        {
            case "up" when rest.StartsWith('/'):
                Assert.Equal(rest, served.Received?.Target);
                break;
            case "up":
                Field(rest, served.Received!.Headers);
                break;
            case "down":
                Field(rest, served.Response.Headers);
                break;
            case "body":
                Assert.Equal(rest, served.Response.Body);
                break;
            case "flags":
                Assert.Equal(rest, served.Flags);
                break;
            case "details":
                Assert.Equal(rest, served.Details);
                break;
            case "slow":
                Assert.InRange(served.Duration, int.Parse(rest), int.MaxValue);
                break;
            case "copy" when rest == "none":
                Assert.DoesNotContain("shadow", served.Reached);
                break;
            case "copy":
                string[] copy = rest.Split(' ');
                ScriptedUpstream shadow = table.Upstreams[copy[0]];
                await shadow.UntilAsync(() => shadow.Requests.Any(got => got.Header("host") == copy[1]), "the copy has come");
                break;
            default:
                Assert.Fail($"'{expected}' is no expectation");
                break;
        }
    }

    private static void Field(string expected, Func<string, IReadOnlyList<string>> values)
    {
        if (expected.StartsWith('!'))
        {
            Assert.Empty(values(expected[1..]));
            return;
        }

        string[] parts = expected.Split(": ", 2);
        Assert.Equal(parts[1], string.Join(", ", values(parts[0])));
    }

    private void Agree(Explanation explanation, Served served)
    {
        ExplainedOutcome outcome = explanation.Outcome;
        Assert.Equal(served.Rule == "-", explanation.Route is null);
        if (explanation.Route is { } route)
        {
            // Names of routes are made of those of rules and matches, delegates behind their root.
            Assert.Contains($"name: {served.Rule.Split('-', '.')[^1]},", GatewayTable.TextAt(route.Place!), StringComparison.Ordinal);
        }

        if (served.Received is not { } received)
        {
            Assert.Equal(
                (served.Response.Status, served.Response.Body),
                outcome.Kind == OutcomeKind.Proxied ? Refusal(explanation.Gateway!) : (outcome.Status ?? 0, explanation.Request.Method == "HEAD" ? "" : outcome.Message ?? ""));
            Assert.All(outcome.Headers, line => Assert.Contains(line.Split(": ", 2)[1], served.Response.Headers(line.Split(": ")[0])));
            return;
        }

        Assert.Equal(OutcomeKind.Proxied, outcome.Kind);
        string address = table.Upstreams[served.Response.Header("x-from")!].Address;
        ExplainedDestination destination = explanation.Gateway!.Destinations.First(known => known.Endpoints.Any(endpoint => endpoint.Address == address));
        ExplainedHead head = destination.Request!;
        Assert.Equal($"{head.Method} {head.Target} HTTP/1.1", received.StartLine);
        Assert.Equal(Lines([$"host: {head.Host}", .. head.Headers]), Lines(received.Head.Split("\r\n")[1..]));
    }

    // What nothing but the endpoints decides: explain sends the request to a cluster of which none is known.
    private static (int Status, string Body) Refusal(ExplainedGateway gateway) => gateway.Destinations is [{ Endpoints: [] }] ? (503, "no healthy upstream") : (0, "");

    // Framing is the connection's, and the id another each time.
    private static IEnumerable<string> Lines(IEnumerable<string> head) => head
        .Select(static line => line.Split(':', 2) is [var name, var value] ? $"{name.ToLowerInvariant()}: {(name.Equals("x-request-id", StringComparison.OrdinalIgnoreCase) ? "" : value.Trim())}" : line)
        .Where(static line => !line.StartsWith("content-length:", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);
}
