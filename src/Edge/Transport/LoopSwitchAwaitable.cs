using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Transport;

/// <summary>Awaitable and awaiter of <see cref="EventLoop.SwitchTo"/>. Await it once and at once.</summary>
public readonly struct LoopSwitchAwaitable : ICriticalNotifyCompletion
{
    private readonly EventLoop _loop;

    internal LoopSwitchAwaitable(EventLoop loop) => _loop = loop;

    /// <summary>True when the caller already runs on the loop.</summary>
    public bool IsCompleted => _loop.IsCurrent;

    /// <summary>Part of the awaitable pattern.</summary>
    public LoopSwitchAwaitable GetAwaiter() => this;

    /// <summary>Part of the awaitable pattern.</summary>
    public void GetResult()
    {
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation) => _loop.Post(static action => ((Action)action!)(), continuation);
}
