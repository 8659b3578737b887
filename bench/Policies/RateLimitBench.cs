using System.Text;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Policies.RateLimiting;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>One decision of the local limiter (two windows, 10 000 known clients), and its header fields.</summary>
[MemoryDiagnoser]
public class RateLimitBench
{
    private readonly LocalRateLimiter _limiter = new(new LocalRateLimiterOptions());
    private readonly RateLimitRule _rule = new() { Minute = 1_000_000_000, Hour = 10_000_000_000 };
    private byte[][] _clients = [];
    private HeaderFields _response = HeaderFields.Of();
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        _clients = [.. Enumerable.Range(0, 10_000).Select(static i => Encoding.UTF8.GetBytes($"10.0.{i / 250}.{i % 250}"))];
        foreach (byte[] client in _clients)
        {
            _limiter.Check(_rule, client, 1_800_000_000_000);
        }
    }

    [Benchmark]
    public bool SameClient() => _limiter.Check(_rule, _clients[0], 1_800_000_000_000).IsAllowed;

    [Benchmark]
    public bool ManyClients() => _limiter.Check(_rule, _clients[_next++ % 10_000], 1_800_000_000_000).IsAllowed;

    [Benchmark]
    public int WithHeaders()
    {
        RateLimitVerdict verdict = _limiter.Check(_rule, _clients[0], 1_800_000_000_000);
        RateLimitHeaders.Apply(verdict, ref _response);
        return _response.Edits;
    }
}
