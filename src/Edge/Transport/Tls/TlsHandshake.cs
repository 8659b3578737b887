using Microsoft.AspNetCore.Connections;

namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>A handshake while it runs: its deadline, and the means to give it up. Loop thread only.</summary>
internal sealed class TlsHandshake(ConnectionContext connection) : TimerEntry
{
    /// <summary>The other side has sent something.</summary>
    public bool HasBegun { get; set; }

    /// <summary>The deadline passed.</summary>
    public bool IsTimedOut { get; private set; }

    /// <summary>It must not succeed any more.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Ends it, without a reset.</summary>
    public void GiveUp()
    {
        IsGivenUp = true;
        connection.Transport.Input.CancelPendingRead();
        connection.Transport.Output.CancelPendingFlush();
    }

    protected internal override void OnExpired(long nowMs)
    {
        IsTimedOut = true;
        GiveUp();
    }
}
