using System.Text;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.Routing;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>Route look-up by path, by host and by header, with few and with many routes: the cost stays flat.</summary>
[MemoryDiagnoser]
public class RouteTableBench
{
    private RouteTable<string> _table = null!;
    private HeaderFields _headers;
    private byte[] _path = [];
    private byte[] _host = [];

    [Params(10, 1_000, 10_000)]
    public int Routes { get; set; }

    [Params("path", "host", "header")]
    public string By { get; set; } = "path";

    [GlobalSetup]
    public void Setup()
    {
        _table = new RouteTable<string>([.. Enumerable.Range(0, Routes).Select(i => By switch
        {
            "host" => new RouteDefinition<string>($"r{i}") { Hosts = [$"tenant-{i}.example.com"], Paths = ["/api"] },
            "header" => new RouteDefinition<string>($"r{i}") { Headers = [new("X-Tenant", [$"tenant-{i}"])], Paths = ["/api"] },
            _ => new RouteDefinition<string>($"r{i}") { Paths = [$"/service-{i}/api"], Methods = ["GET", "POST"] },
        })]);
        int wanted = Routes / 2;
        _path = Encoding.UTF8.GetBytes(By == "path" ? $"/service-{wanted}/api/v1/users/42" : "/api/v1/users/42");
        _host = Encoding.UTF8.GetBytes($"tenant-{wanted}.example.com");
        _headers = HeaderFields.Of("Accept: */*", "User-Agent: bench", $"X-Tenant: tenant-{wanted}");
        RouteMatch<string> match = default;
        Match(ref match);
        if (match.Route != $"r{wanted}")
        {
            throw new InvalidOperationException($"wrong route {match.Route}");
        }
    }

    [Benchmark]
    public int Match()
    {
        RouteMatch<string> match = default;
        Match(ref match);
        return match.MatchedPathLength;
    }

    private void Match(ref RouteMatch<string> match)
    {
        RouteQuery query = new() { Method = "GET"u8, Host = _host, Path = _path };
        _table.Match(query, ref _headers, ref match);
    }
}
