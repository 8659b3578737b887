using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.ChaosTests.Mesh;

/// <summary>What an endpoint does to its requests.</summary>
internal enum Torment
{
    /// <summary>Answers 200 with its name.</summary>
    None,

    /// <summary>Answers 500.</summary>
    ServerError,

    /// <summary>Answers 503.</summary>
    Unavailable,

    /// <summary>Takes the request and says nothing.</summary>
    Stall,

    /// <summary>Ends its side of the connection without an answer.</summary>
    HalfClose,

    /// <summary>Resets the connection without an answer.</summary>
    Reset,

    /// <summary>Sends a head and a part of the body, then resets.</summary>
    ResetInBody,

    /// <summary>Sends its body in small pieces.</summary>
    SlowBody,
}

/// <summary>A request as a <see cref="TormentedEndpoint"/> got it.</summary>
/// <param name="SentAt">When the client sent it, Stopwatch ticks.</param>
/// <param name="ArrivedAt">When it came here, likewise.</param>
/// <param name="Torment">What was done to it.</param>
internal sealed record Arrival(long SentAt, long ArrivedAt, Torment Torment);

/// <summary>An endpoint that behaves as it is told, from the next request on.</summary>
internal sealed class TormentedEndpoint : IAsyncDisposable
{
    private readonly string _name;
    private volatile Torment _torment;
    private ScriptedUpstream _upstream;

    public TormentedEndpoint(string name)
    {
        _name = name;
        _upstream = ScriptedUpstream.Script(ServeAsync);
    }

    public ScriptedUpstream Upstream => _upstream;

    public string Name => _name;

    public ConcurrentQueue<Arrival> Arrivals { get; } = new();

    /// <summary>What it does to every request from now on.</summary>
    public Torment Torment
    {
        get => _torment;
        set => _torment = value;
    }

    /// <summary>Dies: nothing listens any more, and every connection is reset.</summary>
    public async Task KillAsync()
    {
        _upstream.CloseConnections(reset: true);
        await _upstream.DisposeAsync();
    }

    /// <summary>Waits until the client of the request that was sent then has the head of its answer. Set before <see cref="Torment.ResetInBody"/>.</summary>
    public Func<long, Task> HeadIsThere { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Listens again where it did.</summary>
    public void Revive(int port) => _upstream = ScriptedUpstream.Script(ServeAsync, port);

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    private async Task ServeAsync(UpstreamPeer peer)
    {
        while (await peer.RequestAsync() is { } request)
        {
            Torment torment = _torment;
            long sent = request.Header("X-Sent") is { } mark ? long.Parse(mark) : 0;
            Arrivals.Enqueue(new Arrival(sent, Stopwatch.GetTimestamp(), torment));
            switch (torment)
            {
                case Torment.None:
                    await peer.SendAsync(ScriptedUpstream.Ok(_name));
                    break;
                case Torment.ServerError:
                    await peer.SendAsync("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad");
                    break;
                case Torment.Unavailable:
                    await peer.SendAsync("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nbad");
                    break;
                case Torment.Stall:
                    // Until the edge gives the connection up.
                    await peer.RequestAsync();
                    return;
                case Torment.HalfClose:
                    peer.Socket.Shutdown(SocketShutdown.Send);
                    await peer.RequestAsync();
                    return;
                case Torment.Reset:
                    peer.Socket.LingerState = new LingerOption(true, 0);
                    return;
                case Torment.ResetInBody:
                    await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{_name}");

                    // A reset drops what its receiver has not read: before the edge has the head this would be an answer without one.
                    await HeadIsThere(sent);
                    peer.Socket.LingerState = new LingerOption(true, 0);
                    return;
                case Torment.SlowBody:
                    await peer.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {_name.Length}\r\n\r\n");
                    foreach (char piece in _name)
                    {
                        await peer.SendAsync(piece.ToString());
                    }

                    break;
                default:
                    throw new InvalidOperationException($"Unknown torment {torment}.");
            }
        }
    }
}
