namespace VoltageSoda.Edge.TestKit;

/// <summary>
/// Something that happens again and again on other threads: whoever waits for a state of it looks each time it has happened, and never by the
/// clock. Thread-safe.
/// </summary>
public sealed class Happening
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes the next time; read it before looking at the state.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Tells all who wait; called after the state has changed.</summary>
    public void Happened() =>
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    /// <summary>Waits until the state holds; ends with the failure of <paramref name="unless"/> when that fails first.</summary>
    /// <param name="holds">Looked at now and after each time.</param>
    /// <param name="what">For the message when it never does.</param>
    /// <param name="unless">Work without which it will not come to it.</param>
    public async Task UntilAsync(Func<bool> holds, string what, params Task[] unless)
    {
        using CancellationTokenSource patience = new(Patience);
        Task limit = Task.Delay(Timeout.Infinite, patience.Token);
        while (true)
        {
            Task next = Next;
            if (holds())
            {
                return;
            }

            Task first = await Task.WhenAny([next, limit, .. unless]);
            if (first == limit)
            {
                throw new TimeoutException($"Waited in vain until {what}.");
            }

            if (first != next)
            {
                await first;
                throw new InvalidOperationException($"What {what} depends on has ended.");
            }
        }
    }
}
