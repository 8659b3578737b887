using System.Text;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Tests.Routing.Mesh;

[Collection("alone")]
public sealed class OrderedRouteTableTests
{
    [Fact]
    public void Find_PrefixIsNotSegmentAware_TakesLongerSegments()
    {
        OrderedRouteTable<string> table = FastMesh.Table(new RouteConditions { Path = TextMatch.Prefix("/api/v1") });

        Assert.Equal(0, FastMesh.Find(table, PlainMeshRequest.Get("/api/v10")));
        Assert.Equal(0, FastMesh.Find(table, PlainMeshRequest.Get("/api/v1x?y")));
        Assert.Equal(-1, FastMesh.Find(table, PlainMeshRequest.Get("/api/v")));
    }

    [Fact]
    public void Find_LongerPrefixBehindShorter_NeverWins()
    {
        OrderedRouteTable<string> table = FastMesh.Table(
            new RouteConditions { Path = TextMatch.Prefix("/api") }, new RouteConditions { Path = TextMatch.Exact("/api/v1") });

        Assert.Equal(0, FastMesh.Find(table, PlainMeshRequest.Get("/api/v1")));
    }

    [Fact]
    public void Find_EmptyPrefix_TakesEverything()
    {
        OrderedRouteTable<string> table = FastMesh.Table(new RouteConditions { Path = TextMatch.Prefix("") });

        Assert.Equal(0, FastMesh.Find(table, PlainMeshRequest.Get("*")));
    }

    [Theory]
    [InlineData("one", "one", false, true)]
    [InlineData(null, "one", false, false)]
    [InlineData(null, "one", true, true)]
    [InlineData(null, "", true, false)] // Absent counts as empty where the condition is inverted.
    [InlineData("one", "one", true, false)]
    public void Find_HeaderExact_HoldsAsEnvoyCompares(string? sent, string wanted, bool inverted, bool expected)
    {
        OrderedRouteTable<string> table = FastMesh.Table(new RouteConditions
        {
            Fields = [new FieldCondition(RequestField.Header, "X-A", TextMatch.Exact(wanted), inverted)],
        });
        PlainMeshRequest request = sent is null ? PlainMeshRequest.Get("/") : PlainMeshRequest.Get("/", ("x-a", sent));

        Assert.Equal(expected ? 0 : -1, FastMesh.Find(table, request));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Find_HeaderPresent_AsksForTheFieldAlone(bool inverted, bool expected)
    {
        OrderedRouteTable<string> table = FastMesh.Table(new RouteConditions
        {
            Fields = [new FieldCondition(RequestField.Header, "x-a", TextMatch.Present, inverted)],
        });

        Assert.Equal(expected, FastMesh.Find(table, PlainMeshRequest.Get("/", ("X-A", ""))) == 0);
        Assert.Equal(inverted, FastMesh.Find(table, PlainMeshRequest.Get("/")) == 0);
    }

    [Fact]
    public void Find_SeveralLinesOfOneField_AreJoinedWithCommas()
    {
        OrderedRouteTable<string> table = FastMesh.Table(new RouteConditions
        {
            Fields = [new FieldCondition(RequestField.Header, "x-a", TextMatch.Exact("one,two,three"))],
        });

        Assert.Equal(0, FastMesh.Find(table, PlainMeshRequest.Get("/", ("x-a", "one"), ("x-b", "x"), ("X-A", "two"), ("x-a", "three"))));
        Assert.Equal(-1, FastMesh.Find(table, PlainMeshRequest.Get("/", ("x-a", "one"))));
    }

    [Fact]
    public void Find_ManyLongLines_AreJoinedWhole()
    {
        (string, string)[] lines = [.. Enumerable.Range(0, 40).Select(static i => ("x-a", new string((char)('a' + (i % 26)), 100 + i)))];
        OrderedRouteTable<string> table = FastMesh.Table(new RouteConditions
        {
            Fields = [new FieldCondition(RequestField.Header, "x-a", TextMatch.Exact(string.Join(',', lines.Select(static line => line.Item2))))],
        });

        Assert.Equal(0, FastMesh.Find(table, PlainMeshRequest.Get("/", lines)));
    }

    [Fact]
    public void Find_RegexOnPath_MatchesTheWholePathWithoutQuery()
    {
        OrderedRouteTable<string> table = FastMesh.Table(new RouteConditions { Path = FastMesh.Regex("/v[0-9]") });

        Assert.Equal(0, FastMesh.Find(table, PlainMeshRequest.Get("/v1?x=/y")));
        Assert.Equal(-1, FastMesh.Find(table, PlainMeshRequest.Get("/v1/")));
    }

    [Theory]
    [InlineData("/\u00e9/x", true)]
    [InlineData("/caf\u00e9", true)]
    [InlineData("/CAF\u00e8", false)]
    public void Mismatch_PathBeyondAscii_FoldsTheLettersOfAsciiOnly(string path, bool matches)
    {
        RouteConditions prefix = new() { Path = TextMatch.Prefix(path[1] == '\u00e9' ? "/\u00e9" : "/Caf\u00e9"), IgnoreCase = true };
        Facts.HeaderList headers = Facts.HeaderList.Of([]);
        Assert.Equal(matches, new RouteMatcher(prefix).Mismatch(FastMesh.Of(PlainMeshRequest.Get(path)), ref headers).Kind == MismatchKind.None);
    }

    [Fact]
    public void Find_IgnoreCaseOfARegex_ChangesNothing()
    {
        OrderedRouteTable<string> table = FastMesh.Table(
            new RouteConditions { Path = FastMesh.Regex("/v[0-9]"), IgnoreCase = true },
            new RouteConditions { Path = TextMatch.Exact("/x"), IgnoreCase = true });

        Assert.Equal(-1, FastMesh.Find(table, PlainMeshRequest.Get("/V1")));
        Assert.Equal(1, FastMesh.Find(table, PlainMeshRequest.Get("/X")));
    }

    [Fact]
    public void Find_ClaimCondition_NeverHolds()
    {
        OrderedRouteTable<string> table = FastMesh.Table(new RouteConditions { Claims = ["admin"] });

        Assert.Equal(-1, FastMesh.Find(table, PlainMeshRequest.Get("/", ("@request.auth.claims.admin", "true"))));
    }

    [Fact]
    public void Find_LongPathWithoutCase_IsFoldedWhole()
    {
        string path = "/" + new string('A', 3_000);
        OrderedRouteTable<string> table = FastMesh.Table(new RouteConditions { Path = TextMatch.Exact(path.ToLowerInvariant()), IgnoreCase = true });

        Assert.Equal(0, FastMesh.Find(table, PlainMeshRequest.Get(path)));
    }

    [Fact]
    public void Find_MoreBeginningsThanTheStackHolds_KeepsTheOrder()
    {
        // Each prefix continues the one before it and asks for a header that only the first is given.
        RouteConditions[] routes =
        [
            .. Enumerable.Range(1, 100).Reverse().Select(static length => new RouteConditions
            {
                Path = TextMatch.Prefix("/" + new string('a', length)),
                Fields = [new FieldCondition(RequestField.Header, "x-length", TextMatch.Exact($"{length}"))],
            }),
        ];
        OrderedRouteTable<string> table = FastMesh.Table(routes);

        Assert.Equal(97, FastMesh.Find(table, PlainMeshRequest.Get("/" + new string('a', 100), ("x-length", "3"))));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(10_000)]
    public void Find_Warm_AllocatesNothing(int count)
    {
        RouteConditions[] routes =
        [
            .. Enumerable.Range(0, count).Select(static i => (i % 4) switch
            {
                0 => new RouteConditions { Path = TextMatch.Prefix($"/service-{i}/") },
                1 => new RouteConditions { Path = TextMatch.Exact($"/SERVICE-{i}"), IgnoreCase = true },
                2 => new RouteConditions { Fields = [new FieldCondition(RequestField.Header, "x-tenant", TextMatch.Exact($"t{i}"))] },
                _ => new RouteConditions { Path = FastMesh.Regex($"/r{i}/[a-z]+"), Query = [new QueryCondition("q", TextMatch.Prefix("1"))] },
            }),
        ];
        OrderedRouteTable<string> table = FastMesh.Table(routes);
        HeaderList headers = HeaderList.Of("x-other: 1", "x-tenant: nobody");
        byte[][] targets = [.. new[] { "/service-4/x", "/Service-5", "/r7/abc?q=12", "/nowhere" }.Select(Encoding.ASCII.GetBytes)];
        int runs = 0;
        int found = 0;

        long allocated = Allocations.Measure(() =>
        {
            runs++;
            foreach (byte[] target in targets)
            {
                MeshRequest request = new() { Method = "GET"u8, Authority = "a"u8, PathAndQuery = target, Scheme = "http"u8 };
                found += table.FindIndex(request, ref headers);
            }
        });

        Assert.Equal(0, allocated);
        Assert.Equal(runs * (4 + 5 + 7 - 1), found);
    }

    [Fact]
    public void Domains_AuthorityWithPort_IsFoundWithoutAllocation()
    {
        DomainTable<string> table = new(Enumerable.Range(0, 1_000).Select(static i => KeyValuePair.Create($"*.tenant-{i}.example.com", $"t{i}")));
        byte[] authority = "A.Tenant-7.example.com:8443"u8.ToArray();
        string? found = null;

        long allocated = Allocations.Measure(() => found = table.Find(authority));

        Assert.Equal("t7", found);
        Assert.Equal(0, allocated);
    }
}
