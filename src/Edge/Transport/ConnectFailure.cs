namespace VoltageSoda.Edge.Transport;

/// <summary>Why a connect failed.</summary>
public enum ConnectFailure
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>Nothing listens there (ECONNREFUSED, ENOENT of a Unix socket).</summary>
    Refused,

    /// <summary>The time given, or the kernel's own, ran out.</summary>
    TimedOut,

    /// <summary>No route to the host or network, or the network is down.</summary>
    Unreachable,

    /// <summary>The connection was reset while it was being made.</summary>
    Reset,

    /// <summary>No descriptor, port or memory was left on this side.</summary>
    NoResources,

    /// <summary>The address family is not supported, or the operating system forbade it.</summary>
    NotPermitted,

    /// <summary>The caller cancelled, or the loop is stopping.</summary>
    Canceled,

    /// <summary>Anything else; see the error number.</summary>
    Other,
}
