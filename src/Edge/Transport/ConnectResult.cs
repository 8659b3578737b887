using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;

namespace VoltageSoda.Edge.Transport;

/// <summary>Outcome of <see cref="ITransport.ConnectAsync"/>: a connection the caller now owns, or why there is none.</summary>
public readonly record struct ConnectResult
{
    /// <summary>A connection was made.</summary>
    public ConnectResult(ConnectionContext connection) => Connection = connection;

    /// <summary>No connection was made.</summary>
    public ConnectResult(ConnectFailure failure, int errorNumber = 0)
    {
        Failure = failure;
        ErrorNumber = errorNumber;
    }

    /// <summary>The new connection, or null.</summary>
    public ConnectionContext? Connection { get; }

    /// <summary>Why there is no connection; <see cref="ConnectFailure.None"/> when there is one.</summary>
    public ConnectFailure Failure { get; }

    /// <summary>The operating system's error number behind <see cref="Failure"/>, or 0.</summary>
    public int ErrorNumber { get; }

    /// <summary>True when <see cref="Connection"/> is set.</summary>
    [MemberNotNullWhen(true, nameof(Connection))]
    public bool IsConnected => Connection is not null;
}
