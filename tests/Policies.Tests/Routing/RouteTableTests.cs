using System.Collections.Immutable;
using System.Text;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Routing;

public sealed class RouteTableTests
{
    private static readonly RouteDefinition<string>[] Sample =
    [
        new("frontend")
        {
            Paths = ["/", "/flavors", "/calculator", "/guide", "/recipes", "/safety"],
            Methods = ["GET", "POST", "OPTIONS"],
        },
        new("api") { Paths = ["/api/v1"], Methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS"] },
        new("flavors") { Paths = ["/api/flavors"], Methods = ["GET", "POST", "PUT", "DELETE"] },
    ];

    // The routes of the Voltage Soda configuration (kong.md section 12).
    [Theory]
    [InlineData("GET", "/", "frontend", 1)]
    [InlineData("GET", "/guide/x", "frontend", 6)]
    [InlineData("OPTIONS", "/api/flavors", "frontend", 1)]
    [InlineData("GET", "/api/v1", "api", 7)]
    [InlineData("GET", "/api/v10/x", "api", 7)]
    [InlineData("OPTIONS", "/api/v1/x", "api", 7)]
    [InlineData("DELETE", "/api/flavors/1", "flavors", 12)]
    [InlineData("PUT", "/x", null, 0)]
    [InlineData("HEAD", "/api/v1", null, 0)]
    [InlineData("PATCH", "/api/v1", null, 0)]
    public void Match_SampleConfiguration_FollowsKong(string method, string path, string? route, int length)
    {
        RouteMatch<string> match = Match(Sample, method, path);
        Assert.Equal(route, match.Route);
        Assert.Equal(length, match.MatchedPathLength);
    }

    // A triplet above ASCII is the byte: no canonical path holds such a triplet, and text cannot hold every byte.
    [Theory]
    [InlineData("/caf%E9", "/caf\u00e9/x", 5)]
    [InlineData("/%C3%A9%28%FF", "/\u00c3\u00a9%28\u00ff", 7)]
    [InlineData("/%25E9", "/%25E9/x", 6)]
    public void Match_PrefixWithBytesThatAreNoText_ComparesBytes(string prefix, string bytes, int length)
    {
        RouteTable<string> table = new([new("narrow") { Paths = [prefix] }, new("all") { Paths = ["/"] }]);
        RouteMatch<string> match = default;
        HeaderList headers = HeaderList.Of([]);
        table.Match(new RouteQuery { Method = "GET"u8, Host = "a.com"u8, Path = Encoding.Latin1.GetBytes(bytes) }, ref headers, ref match);
        Assert.Equal(("narrow", length), (match.Route, match.MatchedPathLength));
    }

    [Fact]
    public void Match_MoreKinds_BeatLongerPrefix() =>
        AssertWinner("b", new("a") { Paths = ["/long/prefix"] }, new("b") { Paths = ["/"], Methods = ["GET"] });

    [Fact]
    public void Match_PlainHosts_BeatWildcards() => AssertWinner(
        "b",
        new("a") { Hosts = ["*.example.com"], Paths = ["/long/prefix"] },
        new("b") { Hosts = ["a.example.com"], Paths = ["/"] });

    [Fact]
    public void Match_OneWildcardAmongHosts_IsNotPlain() => AssertWinner(
        "b",
        new("a") { Hosts = ["a.example.com", "*.org"], Paths = ["/long/prefix"] },
        new("b") { Hosts = ["a.example.com"], Paths = ["/"] });

    [Fact]
    public void Match_MoreHeaders_BeatLongerPrefix() => AssertWinner(
        "b",
        new("a") { Headers = [new("X-A", ["1"])], Paths = ["/long/prefix"] },
        new("b") { Headers = [new("X-A", ["1"]), new("X-B", ["2"])], Paths = ["/"] });

    [Fact]
    public void Match_Regex_BeatsPrefix() => AssertWinner("b", new("a") { Paths = ["/long/prefix"] }, new("b") { Paths = ["~/long"] });

    [Fact]
    public void Match_RegexPriority_Decides() => AssertWinner(
        "b",
        new("a") { Paths = ["~/long/prefix"], RegexPriority = 1 },
        new("b") { Paths = ["~/l"], RegexPriority = 2 });

    [Fact]
    public void Match_LongerPrefix_Wins() => AssertWinner("b", new("a") { Paths = ["/long"] }, new("b") { Paths = ["/long/prefix"] });

    [Fact]
    public void Match_Tie_FirstDeclaredWins() => AssertWinner("a", new("a") { Paths = ["/long"] }, new("b") { Paths = ["/long"] });

    [Theory]
    [InlineData("A.EXAMPLE.com", true)]
    [InlineData("a.example.com:80", true)]
    [InlineData("a.example.com:", true)]
    [InlineData("a.example.com:8080", true)]
    [InlineData("b.example.com", false)]
    [InlineData("", false)]
    public void Match_Host_IgnoresCaseAndPort(string host, bool matches) =>
        Assert.Equal(matches, Match([new("r") { Hosts = ["a.Example.com"] }], "GET", "/", host).Route is not null);

    [Theory]
    [InlineData("a.example.com:8080", true)]
    [InlineData("a.example.com", false)]
    [InlineData("a.example.com:80", false)]
    public void Match_HostWithPort_NeedsThatPort(string host, bool matches) =>
        Assert.Equal(matches, Match([new("r") { Hosts = ["a.example.com:8080"] }], "GET", "/", host).Route is not null);

    [Fact]
    public void Match_HostWithDefaultPort_NeedsNoPortInTheField()
    {
        RouteDefinition<string>[] routes = [new("http") { Hosts = ["a.com:80"] }, new("https") { Hosts = ["a.com:443"] }];
        Assert.Equal("http", Match(routes, "GET", "/", "a.com").Route);
        Assert.Equal("https", Match(routes, "GET", "/", "a.com", isTls: true).Route);
    }

    [Theory]
    [InlineData("[::1]", "[::1]")]
    [InlineData("[::1]", "[::1]:8000")]
    [InlineData("[::1]:8000", "[::1]:8000")]
    public void Match_IPv6Host_KeepsBrackets(string pattern, string host) =>
        Assert.Equal("r", Match([new("r") { Hosts = [pattern] }], "GET", "/", host).Route);

    [Theory]
    [InlineData("*.example.com", "x.example.com", true)]
    [InlineData("*.example.com", "x.y.Example.com", true)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", "xexample.com", false)]
    [InlineData("example.*", "example.org", true)]
    [InlineData("example.*", "example.co.uk", true)]
    [InlineData("example.*", "an.example.org", false)]
    public void Match_WildcardHost_StandsForLabels(string pattern, string host, bool matches) =>
        Assert.Equal(matches, Match([new("r") { Hosts = [pattern] }], "GET", "/", host).Route is not null);

    [Fact]
    public void Match_Sni_CountsOnlyOverTls()
    {
        RouteDefinition<string>[] routes = [new("r") { Snis = ["a.com."] }];
        Assert.Equal("r", Match(routes, "GET", "/", "x").Route);
        Assert.Equal("r", Match(routes, "GET", "/", "x", isTls: true, serverName: "A.com").Route);
        Assert.Null(Match(routes, "GET", "/", "x", isTls: true, serverName: "b.com").Route);
        Assert.Null(Match(routes, "GET", "/", "x", isTls: true).Route);
    }

    [Theory]
    [InlineData("X-A: one", true)]
    [InlineData("x-a: ONE", true)]
    [InlineData("X-A: other|X-A: two", true)]
    [InlineData("X-A: three", false)]
    [InlineData("X-B: one", false)]
    public void Match_Header_AnyLineAnyValue(string lines, bool matches)
    {
        RouteDefinition<string>[] routes = [new("r") { Headers = [new("X-A", ["one", "two"])] }];
        Assert.Equal(matches, Match(routes, "GET", "/", "x", headers: lines.Split('|')).Route is not null);
    }

    [Theory]
    [InlineData("caf\u00e9", true)]
    [InlineData("CAF\u00e9", true)]
    [InlineData("caf\u00e8", false)]
    [InlineData("cafe", false)]
    public void Match_HeaderValueBeyondAscii_FoldsTheLettersOfAsciiOnly(string value, bool matches)
    {
        RouteDefinition<string>[] indexed = [new("r") { Headers = [new("X-A", ["Caf\u00e9"])] }];
        RouteDefinition<string>[] compared = [new("r") { Headers = [new("X-A", ["Caf\u00e9", "~*never"])] }];
        Assert.Equal(matches, Match(indexed, "GET", "/", "x", headers: [$"X-A: {value}"]).Route is not null);
        Assert.Equal(matches, Match(compared, "GET", "/", "x", headers: [$"X-A: {value}"]).Route is not null);
    }

    [Theory]
    [InlineData("Mozilla/5.0 (iPhone)", true)]
    [InlineData("curl/8", false)]
    public void Match_HeaderRegex_SearchesIgnoringCase(string agent, bool matches)
    {
        RouteDefinition<string>[] routes = [new("r") { Headers = [new("User-Agent", ["~*\\(iphone"])] }];
        Assert.Equal(matches, Match(routes, "GET", "/", "x", headers: [$"User-Agent: {agent}"]).Route is not null);
    }

    [Fact]
    public void Match_RegexPath_GivesLengthAndCaptures()
    {
        RouteMatch<string> match = Match([new("r") { Paths = ["~/users/(?<id>[0-9]+)"] }], "GET", "/users/42/x");
        Assert.True(match.IsRegex);
        Assert.Equal(9, match.MatchedPathLength);
        Assert.True(match.Captures!.TryGet("id", out ReadOnlySpan<byte> id));
        Assert.Equal("42", Encoding.UTF8.GetString(id));
        Assert.Null(Match([new("r") { Paths = ["~/users/[0-9]+"] }], "GET", "/users/42").Captures);
    }

    [Theory]
    [InlineData("~/a|/b", "/x/b", false)] // Anchored as a whole.
    [InlineData("~/a|/b", "/b", true)]
    [InlineData("~/a$", "/ab", false)]
    public void Match_RegexPath_IsAnchoredAtTheStart(string pattern, string path, bool matches) =>
        Assert.Equal(matches, Match([new("r") { Paths = [pattern] }], "GET", path).Route is not null);

    [Fact]
    public void Match_NoMatch_ClearsTheFormerMatch()
    {
        RouteMatch<string> match = Match(Sample, "GET", "/api/v1");
        RouteTable<string> table = new(Sample);
        Assert.False(RouteTableProperties.Run(table, new PlainRequest("TRACE", "h", "/", false, "", []), ref match));
        Assert.Null(match.Route);
        Assert.Equal(0, match.MatchedPathLength);
    }

    [Fact]
    public void Match_MoreThan63Methods_AreAllTold()
    {
        RouteDefinition<string>[] routes = [.. Enumerable.Range(0, 100).Select(static i => new RouteDefinition<string>($"r{i}") { Methods = [$"M{i}"] })];
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal($"r{i}", Match(routes, $"M{i}", "/").Route);
        }

        Assert.Null(Match(routes, "M100", "/").Route);
    }

    [Fact]
    public void Match_TenThousandOfEachKind_FindsEach()
    {
        const int count = 10_000;
        const int regexes = 200; // Each takes about a millisecond to build.
        ImmutableArray<RouteDefinition<string>> routes =
        [
            .. Enumerable.Range(0, count / 4).Select(static i => new RouteDefinition<string>($"p{i}") { Paths = [$"/svc-{i}/api"] }),
            .. Enumerable.Range(0, count / 4).Select(static i => new RouteDefinition<string>($"h{i}") { Hosts = [$"h{i}.example.com"], Paths = ["/"] }),
            .. Enumerable.Range(0, count / 4).Select(static i => new RouteDefinition<string>($"x{i}") { Headers = [new("X-Tenant", [$"t{i}"])], Paths = ["/"] }),
            .. Enumerable.Range(0, regexes).Select(static i => new RouteDefinition<string>($"r{i}") { Paths = [$"~/re{i}/[0-9]+$"] }),
        ];
        RouteTable<string> table = new(routes);
        RouteMatch<string> match = default;
        for (int i = 0; i < count / 4; i += 7)
        {
            AssertFound($"p{i}", new PlainRequest("GET", "other", $"/svc-{i}/api/x", false, "", []));
            AssertFound($"h{i}", new PlainRequest("GET", $"H{i}.example.com", "/x", false, "", []));
            AssertFound($"x{i}", new PlainRequest("GET", "other", "/x", false, "", [("x-tenant", $"T{i}")]));
            AssertFound($"r{i % regexes}", new PlainRequest("GET", "other", $"/re{i % regexes}/42", false, "", []));
        }

        void AssertFound(string route, PlainRequest request)
        {
            Assert.True(RouteTableProperties.Run(table, request, ref match));
            Assert.Equal(route, match.Route);
        }
    }

    [Fact]
    public void Match_PlainAndRegexPaths_AllocateNothing()
    {
        RouteTable<string> table = new([.. Sample, new("re") { Paths = ["~/re/[0-9]+$"] }, new("host") { Hosts = ["a.com", "*.b.com"] }]);
        HeaderList headers = HeaderList.Of("X-A: 1");
        RouteMatch<string> match = default;
        Assert.Equal(0, Allocations.Measure(() =>
        {
            RouteQuery plain = new() { Method = "GET"u8, Host = "x.b.com"u8, Path = "/api/v1/users"u8 };
            Assert.True(table.Match(plain, ref headers, ref match));
            RouteQuery regex = new() { Method = "GET"u8, Host = "a.com"u8, Path = "/re/42"u8 };
            Assert.True(table.Match(regex, ref headers, ref match));
        }));
    }

    [Fact]
    public void Explain_Losers_SayWhy()
    {
        RouteTable<string> table = new(
        [
            new("short") { Paths = ["/"], Methods = ["GET"] },
            new("method") { Paths = ["/api/v1/users"], Methods = ["POST"] },
            new("winner") { Paths = ["/api", "/api/v1"], Methods = ["GET"] },
            new("header") { Paths = ["/api/v1"], Methods = ["GET"], Headers = [new("X-A", ["1"])] },
            new("elsewhere") { Hosts = ["other.com"] },
        ]);
        HeaderList headers = HeaderList.Of();
        RouteQuery query = new() { Method = "GET"u8, Host = "h"u8, Path = "/api/v1/users"u8 };
        ImmutableArray<RouteCandidate<string>> candidates = table.Explain(query, ref headers);

        Assert.Equal(["header", "method", "winner", "short"], candidates.Select(static c => c.Route));
        RouteCandidate<string> winner = Assert.Single(candidates, static c => c.Wins);
        Assert.Equal("winner", winner.Route);
        Assert.Equal("/api/v1", winner.PathPattern);
        Assert.Equal(RouteConditions.Header, candidates[0].Failed);
        Assert.Equal("X-A", candidates[0].FailedHeader);
        Assert.Equal(RouteConditions.Method, candidates[1].Failed);
        Assert.Contains("longer prefix", candidates[3].LostBy);
        Assert.Null(winner.LostBy);
    }

    [Fact]
    public void Explain_Limit_KeepsTheWinner()
    {
        RouteDefinition<string>[] routes =
        [
            .. Enumerable.Range(0, 100).Select(static i => new RouteDefinition<string>($"r{i}") { Paths = ["/"], Methods = ["POST"], Hosts = ["h"] }),
            new("winner") { Paths = ["/"] },
        ];
        RouteTable<string> table = new(routes);
        HeaderList headers = HeaderList.Of();
        RouteQuery query = new() { Method = "GET"u8, Host = "h"u8, Path = "/"u8 };
        ImmutableArray<RouteCandidate<string>> candidates = table.Explain(query, ref headers, limit: 5);
        Assert.Equal(5, candidates.Length);
        Assert.Equal("winner", Assert.Single(candidates, static c => c.Wins).Route);
    }

    [Fact]
    public void Construct_BadPattern_NamesIt()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(static () => new RouteTable<string>([new("r") { Paths = ["~(?=a)"] }]));
        Assert.Contains("~(?=a)", error.Message);
    }

    private static void AssertWinner(string expected, params RouteDefinition<string>[] routes)
    {
        string[] headers = ["X-A: 1", "X-B: 2"];
        Assert.Equal(expected, Match(routes, "GET", "/long/prefix/x", "a.example.com", headers: headers).Route);
        RouteDefinition<string>[] reversed = [.. routes.Reverse()];
        bool isTie = routes[0].Paths.SequenceEqual(routes[1].Paths);
        Assert.Equal(isTie ? reversed[0].Route : expected, Match(reversed, "GET", "/long/prefix/x", "a.example.com", headers: headers).Route);
    }

    private static RouteMatch<string> Match(
        RouteDefinition<string>[] routes,
        string method,
        string path,
        string host = "localhost",
        bool isTls = false,
        string serverName = "",
        string[]? headers = null)
    {
        RouteMatch<string> match = default;
        HeaderList list = HeaderList.Of(headers ?? []);
        RouteQuery query = new()
        {
            Method = Encoding.UTF8.GetBytes(method),
            Host = Encoding.UTF8.GetBytes(host),
            Path = Encoding.UTF8.GetBytes(path),
            IsTls = isTls,
            ServerName = Encoding.UTF8.GetBytes(serverName),
        };
        new RouteTable<string>(routes).Match(query, ref list, ref match);
        return match;
    }
}
