using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Upstream;

namespace VoltageSoda.Edge.Bench.Edge;

/// <summary>Taking an idle upstream connection and giving it back, the check for unasked bytes included; and a permit taken and returned.</summary>
[MemoryDiagnoser]
public class ConnectionPoolBench
{
    private const int Operations = 100_000;

    private readonly PermitLedger _limited = new(1_000, 1_000);
    private MemoryEdge _edge = null!;
    private ConnectionPool _pool = null!;
    private bool _empty;

    [GlobalSetup]
    public async Task Setup()
    {
        _edge = await MemoryEdge.StartAsync("");
        // Its connection is idle in the pool afterwards.
        _edge.RunOnce();
        UpstreamEndpoint endpoint = (UpstreamEndpoint)_edge.Host.Snapshots.Current.Clusters[0].Endpoints.Endpoints[0].Tag!;
        _pool = endpoint.ExistingPool(_edge.Worker.Loop.Id) ?? throw new InvalidOperationException("There is no pool.");
        if (_pool.IdleCount != 1)
        {
            throw new InvalidOperationException($"{_pool.IdleCount} connections are idle.");
        }
    }

    [GlobalCleanup]
    public async Task Cleanup() => await _edge.DisposeAsync();

    [Benchmark(OperationsPerInvoke = Operations)]
    public void TakeAndReturn()
    {
        _edge.OnLoop(() =>
        {
            for (int i = 0; i < Operations; i++)
            {
                if (!_pool.TryTakeIdle(out UpstreamConnection connection))
                {
                    _empty = true;
                    break;
                }

                _pool.Return(_pool.Lease(connection), reusable: true);
            }

            return Task.CompletedTask;
        });
        if (_empty)
        {
            throw new InvalidOperationException("The pool ran empty.");
        }
    }

    [Benchmark]
    public bool Permit()
    {
        bool taken = _limited.TryTakeConnection();
        _limited.ReturnConnection();
        return taken;
    }
}
