using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Lifecycle;

/// <summary>An HTTP server that keeps nothing of what it gets, so that its memory does not grow with the requests.</summary>
internal sealed class CountingServer : IAsyncDisposable
{
    private readonly ScriptedUpstream _server;
    private TaskCompletionSource _held = new();
    private int _live;

    /// <param name="answer">A whole response to a request; runs on the thread of its connection.</param>
    public CountingServer(Func<UpstreamRequest, string> answer)
    {
        _held.SetResult();
        _server = ScriptedUpstream.Script(peer => ServeAsync(peer, answer));
    }

    public string Address => _server.Address;

    /// <summary>Connections that are open now.</summary>
    public int Live => Volatile.Read(ref _live);

    /// <summary>Answers nothing until <see cref="Release"/>.</summary>
    public void Hold() => Volatile.Write(ref _held, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Ends <see cref="Hold"/>.</summary>
    public void Release() => Volatile.Read(ref _held).SetResult();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(UpstreamPeer peer, Func<UpstreamRequest, string> answer)
    {
        Interlocked.Increment(ref _live);
        try
        {
            while (await ServeOneAsync(peer, answer))
            {
            }
        }
        finally
        {
            Interlocked.Decrement(ref _live);
        }
    }

    // On its own, so that nothing holds a request while the next one is awaited.
    private async Task<bool> ServeOneAsync(UpstreamPeer peer, Func<UpstreamRequest, string> answer)
    {
        if (await peer.RequestAsync() is not { } request)
        {
            return false;
        }

        await Volatile.Read(ref _held).Task;
        await peer.SendAsync(answer(request));
        return true;
    }
}
