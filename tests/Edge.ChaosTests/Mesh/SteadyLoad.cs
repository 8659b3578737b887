using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.ChaosTests.Mesh;

/// <summary>One request of a <see cref="SteadyLoad"/>.</summary>
/// <param name="SentAt">Stopwatch ticks when it was sent; the request carries them in x-sent.</param>
/// <param name="AnsweredAt">Stopwatch ticks when its answer was complete.</param>
/// <param name="Status">Status of the answer; 0 when the connection ended instead.</param>
/// <param name="Body">Its body: the name of the endpoint that answered.</param>
internal sealed record LoadResult(long SentAt, long AnsweredAt, int Status, string Body);

/// <summary>Clients that send GET requests at a steady rate, each one after the other, until they are stopped.</summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Happening _happening = new();
    private readonly ConcurrentDictionary<long, int> _heads = new();
    private readonly IPEndPoint _edge;
    private readonly Task[] _clients;

    public SteadyLoad(IPEndPoint edge, int clients = 4, int periodMilliseconds = 5)
    {
        _edge = edge;
        _clients = [.. Enumerable.Range(0, clients).Select(_ => RunAsync(periodMilliseconds))];
    }

    /// <summary>Everything that came back, in order of arrival.</summary>
    public ConcurrentQueue<LoadResult> Results { get; } = new();

    public IEnumerable<LoadResult> Failures => Results.Where(static one => one.Status != 200);

    /// <summary>Completes with the next answer.</summary>
    public Task NextAsync() => _happening.Next.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Waits for what the answers bring about.</summary>
    public Task UntilAsync(Func<bool> holds, string what) => _happening.UntilAsync(holds, what, _clients);

    /// <summary>Waits until an endpoint has answered so many requests sent after a time.</summary>
    public Task AnsweredAsync(string endpoint, int count, long since) =>
        UntilAsync(() => Results.Count(one => one.Body == endpoint && one.SentAt > since) >= count, $"{endpoint} answers {count}");

    /// <summary>Waits until the head of the answer to a request has come back.</summary>
    public Task HeadAsync(long sent) => UntilAsync(() => _heads.ContainsKey(sent), "the head of an answer comes");

    /// <summary>Stops and waits for what is in flight.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task RunAsync(int period)
    {
        using PeriodicTimer pace = new(TimeSpan.FromMilliseconds(period));
        RawClient? client = null;
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                client ??= await RawClient.ConnectAsync(_edge);
                long sent = Stopwatch.GetTimestamp();
                try
                {
                    await client.SendAsync($"GET /{sent} HTTP/1.1\r\nHost: app\r\nX-Sent: {sent}\r\n\r\n");
                    RawResponse head = await client.ReceiveAsync(isHead: true);
                    _heads.TryAdd(sent, head.Status);
                    _happening.Happened();
                    string body = await client.ExactlyAsync(int.Parse(head.Header("Content-Length")!, CultureInfo.InvariantCulture));
                    Results.Enqueue(new LoadResult(sent, Stopwatch.GetTimestamp(), head.Status, body));
                }
                catch (Exception exception) when (exception is EndOfStreamException or System.Net.Sockets.SocketException)
                {
                    Results.Enqueue(new LoadResult(sent, Stopwatch.GetTimestamp(), 0, exception.Message));
                    await client.DisposeAsync();
                    client = null;
                }

                _happening.Happened();
                await pace.WaitForNextTickAsync(_stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        finally
        {
            if (client is not null)
            {
                await client.DisposeAsync();
            }
        }
    }
}
