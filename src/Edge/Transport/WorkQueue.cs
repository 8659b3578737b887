namespace VoltageSoda.Edge.Transport;

/// <summary>A growing ring of callbacks that a loop queues to itself. Loop thread only; allocates only when it grows.</summary>
internal sealed class WorkQueue
{
    private WorkItem[] _items = new WorkItem[64];
    private int _head;

    /// <summary>Number of callbacks that wait.</summary>
    public int Count { get; private set; }

    public void Enqueue(Action<object?> callback, object? state)
    {
        if (Count == _items.Length)
        {
            Grow();
        }

        ref WorkItem item = ref _items[(_head + Count) & (_items.Length - 1)];
        item.Callback = callback;
        item.State = state;
        Count++;
    }

    /// <summary>Takes the oldest callback; there must be one.</summary>
    public WorkItem Dequeue()
    {
        ref WorkItem item = ref _items[_head];
        WorkItem taken = item;
        item = default;
        _head = (_head + 1) & (_items.Length - 1);
        Count--;
        return taken;
    }

    private void Grow()
    {
        var items = new WorkItem[_items.Length * 2];
        for (int i = 0; i < Count; i++)
        {
            items[i] = _items[(_head + i) & (_items.Length - 1)];
        }

        _items = items;
        _head = 0;
    }
}

/// <summary>A callback and its argument.</summary>
internal struct WorkItem
{
    public Action<object?> Callback;
    public object? State;
}
