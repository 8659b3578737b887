using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>Meanings of Linux error numbers. Stateless.</summary>
internal static class LinuxError
{
    public static ConnectFailure ToConnectFailure(int error) => error switch
    {
        Libc.Error.ConnectionRefused or Libc.Error.NoEntry => ConnectFailure.Refused,
        Libc.Error.TimedOut => ConnectFailure.TimedOut,
        Libc.Error.NetworkDown or Libc.Error.NetworkUnreachable or Libc.Error.HostDown or Libc.Error.HostUnreachable
            => ConnectFailure.Unreachable,
        Libc.Error.ConnectionReset or Libc.Error.ConnectionAborted => ConnectFailure.Reset,

        // A Unix socket whose accept queue is full answers EAGAIN.
        Libc.Error.FileTableFull or Libc.Error.TooManyFiles or Libc.Error.NoMemory or Libc.Error.NoBuffers or Libc.Error.Again
            or Libc.Error.AddressNotAvailable => ConnectFailure.NoResources,
        Libc.Error.Access or Libc.Error.NotPermitted or Libc.Error.FamilyNotSupported => ConnectFailure.NotPermitted,
        _ => ConnectFailure.Other,
    };

    /// <summary>True for an accept error that lasts until something else lets go of descriptors or memory.</summary>
    public static bool IsOutOfResources(int error) =>
        error is Libc.Error.FileTableFull or Libc.Error.TooManyFiles or Libc.Error.NoMemory or Libc.Error.NoBuffers;

    /// <summary>For set-up calls, whose failure stops a start or a reload. AddressInUseException as Kestrel throws it.</summary>
    public static Exception ToException(string call, int error)
    {
        string text = System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error);
        string message = $"{call}: {text} (error {error})";
        return error == Libc.Error.AddressInUse
            ? new AddressInUseException(message)
            : new IOException(message, new SocketException((int)ToSocketError(error)));
    }

    private static SocketError ToSocketError(int error) => error switch
    {
        Libc.Error.Access or Libc.Error.NotPermitted => SocketError.AccessDenied,
        Libc.Error.AddressNotAvailable => SocketError.AddressNotAvailable,
        Libc.Error.FamilyNotSupported => SocketError.AddressFamilyNotSupported,
        Libc.Error.TooManyFiles or Libc.Error.FileTableFull => SocketError.TooManyOpenSockets,
        _ => SocketError.SocketError,
    };
}
