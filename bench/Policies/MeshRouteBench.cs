using System.Text;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>
/// The first matching route of a virtual host by prefix, by exact path, by header and among patterns, with few and with many routes in front of it:
/// the cost stays flat. The linear walk is what a list of routes costs.
/// </summary>
[MemoryDiagnoser]
public class MeshRouteBench
{
    // A thousand patterns take a while to compile, and every case wants the same; every tenth route has one, the wanted one too.
    private static readonly Dictionary<int, TextMatch> Patterns = [];

    private OrderedRouteTable<string> _table = null!;
    private HeaderFields _headers;
    private byte[] _target = [];
    private int _wanted;

    [Params(10, 1_000, 10_000)]
    public int Routes { get; set; }

    [Params("prefix", "exact", "header", "regex")]
    public string By { get; set; } = "prefix";

    [GlobalSetup]
    public void Setup()
    {
        // The last route but one is wanted: the worst place in a list. Behind it stands the catch-all.
        _wanted = Routes - 2;
        _table = new OrderedRouteTable<string>([.. Enumerable.Range(0, Routes).Select(i => ($"r{i}", i == Routes - 1 ? new RouteConditions() : Route(i)))]);
        _target = Encoding.UTF8.GetBytes(By == "header" ? "/api/v1/users/42?q=1" : $"/service-{_wanted}/api" + (By == "exact" ? "" : "/v1/users/42?q=1"));
        _headers = HeaderFields.Of("Accept: */*", "User-Agent: bench", $"X-Tenant: tenant-{_wanted}");
        if (FirstMatch() != _wanted || Walk() != _wanted)
        {
            throw new InvalidOperationException($"wrong route {FirstMatch()}");
        }
    }

    [Benchmark]
    public int FirstMatch()
    {
        MeshRequest request = Request();
        return _table.FindIndex(request, ref _headers);
    }

    [Benchmark(Baseline = true)]
    public int Walk()
    {
        MeshRequest request = Request();
        for (int i = 0; i < _table.Routes.Count; i++)
        {
            if (_table.MatcherAt(i).Mismatch(request, ref _headers).Kind == MismatchKind.None)
            {
                return i;
            }
        }

        return -1;
    }

    private RouteConditions Route(int index) => By switch
    {
        "exact" => new RouteConditions { Path = TextMatch.Exact($"/service-{index}/api") },
        "header" => new RouteConditions
        {
            Path = TextMatch.Prefix("/api"),
            Fields = [new FieldCondition(RequestField.Header, "x-tenant", TextMatch.Exact($"tenant-{index}"))],
        },
        "regex" when index % 10 == 8 => new RouteConditions { Path = Pattern(index) },
        _ => new RouteConditions { Path = TextMatch.Prefix($"/service-{index}/api") },
    };

    private static TextMatch Pattern(int index)
    {
        if (!Patterns.TryGetValue(index, out TextMatch? pattern))
        {
            Patterns[index] = pattern = TextMatch.TryRegex($"/service-{index}/api/v[0-9]+/.*", out TextMatch? match, out string? error)
                ? match
                : throw new InvalidOperationException(error);
        }

        return pattern;
    }

    private MeshRequest Request() => new()
    {
        Method = "GET"u8,
        Authority = "a.example.com"u8,
        PathAndQuery = _target,
        Scheme = "https"u8,
    };
}
