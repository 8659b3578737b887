namespace VoltageSoda.Edge.IntegrationTests.Lifecycle;

/// <summary>What the newest configuration is that each client has seen, and a gate that stops them between two requests. Thread-safe.</summary>
internal sealed class Generations(int clients)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly int[] _seen = new int[clients];
    private int _parked;
    private TaskCompletionSource _changed = New();
    private TaskCompletionSource? _closed;

    /// <summary>A client was answered by this generation, which is never one before what it has seen.</summary>
    public void Saw(int client, int generation)
    {
        lock (_gate)
        {
            Assert.True(generation >= _seen[client], $"{generation} after {_seen[client]}");
            if (generation > _seen[client])
            {
                _seen[client] = generation;
                Change();
            }
        }
    }

    /// <summary>Passes at once while the gate is open.</summary>
    public async Task PassAsync()
    {
        Task opened;
        lock (_gate)
        {
            if (_closed is null)
            {
                return;
            }

            opened = _closed.Task;
            _parked++;
            Change();
        }

        await opened;
    }

    /// <summary>Completes when every client was answered by that generation.</summary>
    public Task SeenAsync(int generation, Task[] load) => UntilAsync(() => _seen.All(seen => seen >= generation), load);

    /// <summary>Closes the gate; completes when every client waits at it.</summary>
    public Task CloseAsync(Task[] load)
    {
        lock (_gate)
        {
            _closed = New();
        }

        return UntilAsync(() => _parked == clients, load);
    }

    public void Open()
    {
        lock (_gate)
        {
            _parked = 0;
            _closed!.SetResult();
            _closed = null;
        }
    }

    private async Task UntilAsync(Func<bool> condition, Task[] load)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (condition())
                {
                    return;
                }

                changed = _changed.Task;
            }

            // A client that ends before it is told to has failed.
            if (await Task.WhenAny([changed, .. load]).WaitAsync(Patience) is { } first && first != changed)
            {
                await first;
            }
        }
    }

    private void Change()
    {
        _changed.SetResult();
        _changed = New();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
