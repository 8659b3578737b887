namespace VoltageSoda.Edge.LoadTests.Origin;

/// <summary>The fixed origin in C#, for where nginx is not installed: bodies of known bytes on a loopback port, at little cost.</summary>
public sealed class OriginServer : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(OriginLoop Loop, Thread Thread)> _loops = [];

    /// <summary>Listens at once; port 0 lets the system choose.</summary>
    public OriginServer(int port, int threads)
    {
        var responses = new OriginResponses();
        for (int i = 0; i < threads; i++)
        {
            var loop = new OriginLoop(i == 0 ? port : Port, responses);
            var thread = new Thread(() => loop.Run(_stop.Token)) { Name = $"origin-{i}", IsBackground = true };
            _loops.Add((loop, thread));
            thread.Start();
        }
    }

    /// <summary>The port that was bound.</summary>
    public int Port => _loops[0].Loop.Port;

    /// <summary>Stops the loops and closes every connection.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        foreach ((OriginLoop loop, Thread thread) in _loops)
        {
            thread.Join();
            loop.Dispose();
        }

        _stop.Dispose();
    }
}
