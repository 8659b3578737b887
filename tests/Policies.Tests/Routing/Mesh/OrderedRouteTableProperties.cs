using CsCheck;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Tests.Routing.Mesh;

public sealed class OrderedRouteTableProperties
{
    private static readonly Gen<string> Path = Gen.Select(
        Gen.OneOf("", "/", "/a", "/A", "/ab", "/api", "/api/v1", "/Api/V1", "/b", "/é"),
        Gen.OneOf("", "/", "/b", "0", "x", "/v1", "/V1/users"),
        static (head, tail) => head + tail);

    private static readonly Gen<TextMatch> Value = Gen.Frequency(
        (4, Gen.OneOf("one", "two", "One", "", "one,two").Select(TextMatch.Exact)),
        (2, Gen.OneOf("o", "", "tw").Select(TextMatch.Prefix)),
        (2, Gen.OneOf("o.*", "one|two", "[a-z]+", ".*,two").Select(FastMesh.Regex)),
        (1, Gen.Const(TextMatch.Present)));

    private static readonly Gen<TextMatch> PathMatch = Gen.Frequency(
        (4, Path.Select(TextMatch.Prefix)),
        (3, Path.Select(TextMatch.Exact)),
        (2, Gen.OneOf("/a.*", "/api/v[0-9]+(/.*)?", "/a|/b", ".*", "/(?i:A)b?", "/ab?", "/api\\/v1", "/é+").Select(FastMesh.Regex)));

    private static readonly Gen<FieldCondition> Field = Gen.Frequency(
        (6, Gen.Select(Gen.OneOf("x-tenant", "X-Version", "x-mode"), Value, Gen.Int[0, 3],
            static (name, match, inverted) => new FieldCondition(RequestField.Header, name, match, inverted == 0))),
        (1, Gen.OneOf("GET", "POST").Select(static method => new FieldCondition(RequestField.Method, "", TextMatch.Exact(method)))),
        (1, Gen.OneOf("a.example.com", "a.example.com:8080", "b").Select(
            static authority => new FieldCondition(RequestField.Authority, "", TextMatch.Prefix(authority)))),
        (1, Gen.OneOf("http", "https").Select(static scheme => new FieldCondition(RequestField.Scheme, "", TextMatch.Exact(scheme)))));

    private static readonly Gen<RouteConditions> Route = Gen.Select(
        PathMatch,
        Gen.Int[0, 3],
        Field.Array[0, 2],
        Gen.Select(Gen.OneOf("q", "Q", "z"), Value, static (name, match) => new QueryCondition(name, match)).Array[0, 1],
        static (path, fold, fields, query) => new RouteConditions
        {
            Path = path,
            IgnoreCase = fold == 0,
            Fields = [.. fields],
            Query = [.. query],
        });

    private static readonly Gen<PlainMeshRequest> Request = Gen.Select(
        Gen.OneOf("GET", "POST"),
        Gen.OneOf("a.example.com", "a.example.com:8080", "b.example.com"),
        Gen.Select(Path, Gen.OneOf("", "?", "?q=one", "?q=one&q=two", "?z&q=two", "?Q=One&&x", "?a=b=c"), static (path, query) => (path is "" ? "/" : path) + query),
        Gen.OneOf("http", "https"),
        Gen.Select(Gen.OneOf("X-Tenant", "x-version", "X-Mode"), Gen.OneOf("one", "two", "One", "three"), static (name, value) => (name, value)).Array[0, 4],
        static (method, authority, target, scheme, headers) => new PlainMeshRequest(method, authority, target, scheme, headers));

    [Fact]
    public void Find_RandomRoutesAndRequests_EqualsTheFirstOfALinearWalk()
    {
        Gen.Select(Route.Array[0, 60], Request.Array[1, 20]).Sample(
            static (routes, requests) =>
            {
                OrderedRouteTable<string> table = FastMesh.Table(routes);
                foreach (PlainMeshRequest request in requests)
                {
                    Assert.Equal(PlainMesh.FirstMatch(routes, request), FastMesh.Find(table, request));
                }
            },
            iter: 400,
            print: static pair => string.Join('\n', pair.Item1.Select(static (route, index) => $"r{index}: {Print(route)}"))
                + "\n" + string.Join('\n', pair.Item2.Select(static request =>
                    $"{request.Method} {request.Scheme}://{request.Authority}{request.Target} [{string.Join(", ", request.Headers)}]")));
    }

    [Fact]
    public void Find_ManyRoutesOfOnePathByHeader_EqualsTheFirstOfALinearWalk()
    {
        Gen<RouteConditions> byHeader = Gen.Select(
            Gen.OneOf("/", "/a"),
            Gen.OneOf("x-tenant", "x-version"),
            Gen.Int[0, 40],
            static (path, name, value) => new RouteConditions
            {
                Path = TextMatch.Prefix(path),
                Fields = [new FieldCondition(RequestField.Header, name, TextMatch.Exact($"v{value}"))],
            });
        Gen.Select(byHeader.Array[20, 120], Gen.Int[0, 40], Gen.Int[0, 40]).Sample(
            static (routes, tenant, version) =>
            {
                OrderedRouteTable<string> table = FastMesh.Table(routes);
                PlainMeshRequest[] requests =
                [
                    PlainMeshRequest.Get("/a/x", ("x-tenant", $"v{tenant}"), ("X-Version", $"v{version}")),
                    PlainMeshRequest.Get("/b", ("X-Tenant", $"v{tenant}")),
                    PlainMeshRequest.Get("/a", ("x-version", $"v{version}"), ("x-version", "more")),
                    PlainMeshRequest.Get("/a"),
                ];
                foreach (PlainMeshRequest request in requests)
                {
                    Assert.Equal(PlainMesh.FirstMatch(routes, request), FastMesh.Find(table, request));
                }
            },
            iter: 100);
    }

    [Fact]
    public void Mismatch_EveryRoute_AgreesWithTheReference()
    {
        Gen.Select(Route, Request).Sample(
            static (route, request) =>
            {
                Facts.HeaderList headers = Facts.HeaderList.Of([.. request.Headers.Select(static header => $"{header.Name}: {header.Value}")]);
                RouteMismatch mismatch = new RouteMatcher(route).Mismatch(FastMesh.Of(request), ref headers);
                Assert.Equal(PlainMesh.Matches(route, request), mismatch.Kind == MismatchKind.None);
            },
            iter: 2_000);
    }

    [Fact]
    public void VirtualHost_RandomDomains_EqualsTheReference()
    {
        Gen<string> domain = Gen.OneOf(
            "*", "a.example.com", "A.Example.com", "*.example.com", "*.com", "*.a.example.com", "example.*", "a.example.*", "*-x.example.com",
            "[::1]", "*example.com", "exam*");
        Gen<string> authority = Gen.OneOf(
            "a.example.com", "a.EXAMPLE.com:443", "b.a.example.com", "example.com", "example.org", "a.example.net", ".example.com", "[::1]:80",
            "[::1]", "a-x.example.com", "a.example.com:", "a.example.com:port", "", "exam", "example.com:8080");
        Gen.Select(domain.Array[0, 8], authority).Sample(
            static (domains, authority) =>
            {
                DomainTable<string> table = new(domains.Select(static name => KeyValuePair.Create(name, name)));
                Assert.Equal(PlainMesh.VirtualHost(domains, authority), table.Find(System.Text.Encoding.ASCII.GetBytes(authority)));
            },
            iter: 3_000);
    }

    private static string Print(RouteConditions route) =>
        $"path {route.Path}{(route.IgnoreCase ? " (any case)" : "")} "
        + string.Join(' ', route.Fields.Select(static field => $"{(field.Inverted ? "not " : "")}{field.Field} {field.Name} {field.Match}"))
        + string.Join(' ', route.Query.Select(static query => $" ?{query.Name} {query.Match}"));
}
