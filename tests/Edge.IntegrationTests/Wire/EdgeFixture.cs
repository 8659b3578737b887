using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Wire;

/// <summary>One edge before one echoing upstream, shared by the tests of a class.</summary>
public sealed class EdgeFixture : IAsyncLifetime
{
    /// <summary>Answers with the request line and body it saw.</summary>
    public ScriptedUpstream Upstream { get; } = ScriptedUpstream.Respond(
        static request => request.Method == "HEAD"
            ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
            : ScriptedUpstream.Ok(request.StartLine + "|" + request.Body));

    public RunningEdge Edge { get; private set; } = null!;

    public async Task InitializeAsync() => Edge = await RunningEdge.StartAsync(KongText.Single(Upstream.Address));

    public async Task DisposeAsync()
    {
        await Edge.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}
