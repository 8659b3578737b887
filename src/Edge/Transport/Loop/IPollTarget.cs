namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>Owner of a descriptor that an <see cref="EpollLoop"/> watches. Called on the loop.</summary>
internal interface IPollTarget
{
    /// <summary>Handles one edge; <paramref name="flags"/> are epoll's.</summary>
    void OnEvents(uint flags);

    /// <summary>The loop ends: close the descriptor and fail what is pending.</summary>
    void OnLoopClosing();
}
