namespace VoltageSoda.Edge.Listeners;

/// <summary>
/// How many TLS handshakes may run at once in the process (<c>EDGE_TLS_CONCURRENCY</c>); the others wait in the order in which they came. Thread-safe;
/// the lock is held for a few instructions and never on the path of a request.
/// </summary>
internal sealed class HandshakeGate(int limit)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _running;

    /// <summary>Handshakes that wait for their turn.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Takes a place if one is free and nobody waits.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_running >= limit)
            {
                return false;
            }

            _running++;
            return true;
        }
    }

    /// <summary>Completes, on any thread, when it is the caller's turn.</summary>
    public Task EnterAsync()
    {
        lock (_lock)
        {
            if (_running < limit)
            {
                _running++;
                return Task.CompletedTask;
            }

            TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
            return turn.Task;
        }
    }

    /// <summary>Gives the place back, or on to the first who waits.</summary>
    public void Leave()
    {
        TaskCompletionSource? next;
        lock (_lock)
        {
            if (!_waiting.TryDequeue(out next))
            {
                _running--;
                return;
            }
        }

        next.SetResult();
    }
}
