namespace VoltageSoda.Edge.Relay;

/// <summary>What a <see cref="BodySource"/> has to say next.</summary>
internal enum BodyEvent : byte
{
    /// <summary>A run of body bytes.</summary>
    Data,

    /// <summary>The body is complete.</summary>
    End,

    /// <summary>Nothing yet: wait.</summary>
    Blocked,

    /// <summary>The sender ended or reset its side inside the body.</summary>
    Closed,

    /// <summary>The framing of the body is broken.</summary>
    Invalid,

    /// <summary>The wait was cancelled from within the process (deadline, other side gone).</summary>
    Canceled,
}

/// <summary>
/// Decoded body bytes of one message, pulled by a relay. Loop-thread only; one reader. The bytes of a data event stay valid until
/// <see cref="Advance"/>.
/// </summary>
internal abstract class BodySource
{
    /// <summary>Whether the end of the body was seen.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>Body bytes delivered so far, framing excluded.</summary>
    public abstract long BytesRead { get; }

    /// <summary>The next event without waiting.</summary>
    public abstract BodyEvent TryRead(out ReadOnlyMemory<byte> data);

    /// <summary>Waits after <see cref="BodyEvent.Blocked"/> until <see cref="TryRead"/> has something to say.</summary>
    public abstract ValueTask WaitAsync();

    /// <summary>Releases the bytes of the last data event.</summary>
    public abstract void Advance();

    /// <summary>Ends a pending wait with <see cref="BodyEvent.Canceled"/>.</summary>
    public abstract void CancelWait();
}
