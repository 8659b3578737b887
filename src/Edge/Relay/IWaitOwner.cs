namespace VoltageSoda.Edge.Relay;

/// <summary>Whose turn a <see cref="WaitTimer"/> watches.</summary>
internal enum WaitKind : byte
{
    /// <summary>The client owes bytes of its request.</summary>
    ClientRead,

    /// <summary>The client has to take bytes of its answer.</summary>
    ClientWrite,

    /// <summary>The upstream owes bytes of its response.</summary>
    UpstreamRead,

    /// <summary>The upstream has to take bytes of the request.</summary>
    UpstreamWrite,
}

/// <summary>Who waits: told of a deadline that ran out, and asked what moved while the wait lasted. Loop-thread only.</summary>
internal interface IWaitOwner
{
    /// <summary>Whether the request body is still on its way, so that the upstream owes nothing yet.</summary>
    bool IsSendingBody { get; }

    /// <summary>A deadline of <paramref name="kind"/> ran out; <paramref name="tooSlow"/> when something moved, but below the minimum rate.</summary>
    void WaitExpired(WaitKind kind, bool tooSlow);

    /// <summary>Bytes moved so far by a wait of that kind that is not over; only differences mean something.</summary>
    long Moved(WaitKind kind);
}
