using System.Text;
using System.Threading.Channels;
using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Tests.Telemetry.Queues;

/// <summary>A sender whose attempts a test observes one by one and answers.</summary>
internal sealed class ScriptedSender : IBatchSender
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<Attempt> _attempts = Channel.CreateUnbounded<Attempt>();

    /// <summary>Answers every attempt at once when set: null takes the batch.</summary>
    public Func<string[], string?>? Answer { get; set; }

    public bool IsDisposed { get; private set; }

    public async ValueTask<string?> SendAsync(IReadOnlyList<QueueEntry> batch, CancellationToken cancellation)
    {
        string[] texts = [.. batch.Select(static entry => Encoding.UTF8.GetString(entry.Written.Span))];
        if (Answer is { } answer)
        {
            return answer(texts);
        }

        Attempt attempt = new(texts);
        _attempts.Writer.TryWrite(attempt);
        return await attempt.Done.Task.WaitAsync(cancellation);
    }

    /// <summary>The next attempt.</summary>
    public async Task<Attempt> NextAsync() => await _attempts.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    public bool HasAttempt => _attempts.Reader.Count > 0;

    /// <summary>Completes when its connections are closed.</summary>
    public Task Disconnected => _disconnected.Task;

    public void Disconnect() => _disconnected.TrySetResult();

    public void Dispose() => IsDisposed = true;

    internal sealed class Attempt(string[] entries)
    {
        public string[] Entries { get; } = entries;

        public TaskCompletionSource<string?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Succeed() => Done.SetResult(null);

        public void Fail() => Done.SetResult("refused");
    }
}
