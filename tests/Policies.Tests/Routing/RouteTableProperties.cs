using System.Text;
using CsCheck;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Routing;

public sealed class RouteTableProperties
{
    private static readonly Gen<string> Host = Gen.OneOf(
        "a.example.com", "b.example.com", "A.Example.com", "example.com", "x.y.example.com", "example.org", "a.example.com:8080");

    private static readonly Gen<string> HostPattern = Gen.OneOf(
        "a.example.com", "b.example.com", "*.example.com", "example.*", "a.*", "a.example.com:8080", "*.com", "example.com:80", "*.example.com:8080");

    private static readonly Gen<string> Method = Gen.OneOf("GET", "POST", "PUT", "DELETE", "PURGE");

    private static readonly Gen<string> Prefix = Gen.OneOf(
        "/", "/a", "/ab", "/a/", "/a/b", "/api", "/api/v1", "/api/v2", "/api/v1/users", "/b", "/x", "/\u00e9");

    private static readonly Gen<string> PathPattern = Gen.Frequency(
        (5, Prefix),
        (2, Gen.OneOf(
            "~/a/[0-9]+", "~/a/\\d+$", "~/api/v(1|2)", "~/(?<name>[a-z]+)/b", "~/a|/b", "~/ab?", "~/ap+i/v1", "~/a\\.b", "~/.*", "~/a{2}")));

    private static readonly Gen<string> RequestPath = Gen.Select(
        Gen.OneOf("", "/a", "/ab", "/api", "/b", "/x", "/a.b", "/\u00e9", "/aa"),
        Gen.OneOf("", "/", "/b", "/1", "/12/x", "/v1", "/v1/users", "/v2/"),
        static (head, tail) => head + tail is "" ? "/" : head + tail);

    private static readonly Gen<HeaderCondition> Header = Gen.Select(
        Gen.OneOf("X-Tenant", "x-version", "X-Mode"),
        Gen.OneOf("one", "Two", "three", "~*^t", "~*e$").Array[1, 3],
        static (name, values) => new HeaderCondition(name, [.. values]));

    private static readonly Gen<RouteDefinition<string>> Route = Gen.Select(
        Method.Array[0, 2],
        HostPattern.Array[0, 3],
        PathPattern.Array[0, 4],
        Header.Array[0, 2],
        Gen.OneOf("a.example.com", "b.example.com.").Array[0, 1],
        Gen.Int[0, 3],
        static (methods, hosts, paths, headers, snis, priority) => new RouteDefinition<string>("")
        {
            Methods = [.. methods],
            Hosts = [.. hosts],
            Paths = [.. paths.Distinct()],
            Headers = [.. headers.DistinctBy(h => h.Name)],
            Snis = [.. snis],
            RegexPriority = priority,
        });

    private static readonly Gen<PlainRequest> Request = Gen.Select(
        Method,
        Host,
        RequestPath,
        Gen.Bool,
        Gen.OneOf("", "a.example.com", "B.example.com"),
        Gen.Select(Gen.OneOf("x-tenant", "X-Version", "X-Mode"), Gen.OneOf("one", "two", "Three", "four")).Array[0, 3],
        static (method, host, path, tls, sni, headers) => new PlainRequest(method, host, path, tls, sni, headers));

    [Fact]
    public void Match_RandomRoutesAndRequests_EqualsLinearReference()
    {
        Gen.Select(Route.Array[0, 60], Request.Array[1, 20]).Sample(
            (routes, requests) =>
            {
                RouteDefinition<string>[] named = [.. routes.Select((r, i) => r with { Route = $"r{i}" })];
                RouteTable<string> table = new(named);
                RouteMatch<string> match = default;
                foreach (PlainRequest request in requests)
                {
                    (string Route, int Length)? expected = LinearRouter.Match(named, request);
                    bool found = Run(table, request, ref match);
                    Assert.Equal(expected?.Route, match.Route);
                    Assert.Equal(expected is not null, found);
                    if (expected is { } winner)
                    {
                        string matched = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(request.Path).AsSpan(0, match.MatchedPathLength));
                        Assert.Equal(request.Path[..winner.Length], matched);
                    }

                    HeaderList headers = HeaderList.Of([.. request.Headers.Select(static h => $"{h.Name}: {h.Value}")]);
                    Assert.Equal(expected?.Route, table.Explain(QueryOf(request), ref headers).SingleOrDefault(static c => c.Wins)?.Route);
                }
            },
            iter: 250,
            print: static t => string.Join('\n', t.Item1.Select(Print)) + "\n" + string.Join('\n', t.Item2.Select(static r =>
                $"{r.Method} {r.Host} {r.Path} tls={r.IsTls} sni={r.ServerName} [{string.Join(", ", r.Headers)}]")));
    }

    private static string Print(RouteDefinition<string> route, int index) =>
        $"r{index}: methods=[{string.Join(' ', route.Methods)}] hosts=[{string.Join(' ', route.Hosts)}] paths=[{string.Join(' ', route.Paths)}] "
        + $"headers=[{string.Join("; ", route.Headers.Select(static h => $"{h.Name}: {string.Join('|', h.Values)}"))}] "
        + $"snis=[{string.Join(' ', route.Snis)}] priority={route.RegexPriority}";

    internal static bool Run(RouteTable<string> table, PlainRequest request, ref RouteMatch<string> match)
    {
        HeaderList headers = HeaderList.Of([.. request.Headers.Select(static h => $"{h.Name}: {h.Value}")]);
        return table.Match(QueryOf(request), ref headers, ref match);
    }

    private static RouteQuery QueryOf(PlainRequest request) => new()
    {
        Method = Encoding.UTF8.GetBytes(request.Method),
        Host = Encoding.UTF8.GetBytes(request.Host),
        Path = Encoding.UTF8.GetBytes(request.Path),
        IsTls = request.IsTls,
        ServerName = Encoding.UTF8.GetBytes(request.ServerName),
    };
}
