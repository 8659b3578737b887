using VoltageSoda.Edge.LoadTests.Transport;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Running;

/// <summary>
/// One of a loop's connections, reopened as often as needed: its socket, the request in flight and the reader of its answer. Touched by
/// its loop only.
/// </summary>
internal sealed unsafe class ClientConnection(int slot)
{
    private uint _generation;

    public enum Phase
    {
        /// <summary>No socket.</summary>
        Closed,

        /// <summary>The connect is under way.</summary>
        Connecting,

        /// <summary>Open, nothing in flight.</summary>
        Idle,

        /// <summary>A request is being sent or answered.</summary>
        Busy,

        /// <summary>The answer announced the end of the connection, which has not come yet.</summary>
        Ending,
    }

    public Phase State { get; set; }

    public ResponseReader Reader { get; } = new();

    /// <summary>Which step is in flight.</summary>
    public int StepIndex { get; set; }

    /// <summary>When the request in flight was meant to start, and when it really did.</summary>
    public long Intended { get; set; }

    public long Started { get; set; }

    /// <summary>When to give up on what is under way.</summary>
    public long Deadline { get; set; }

    /// <summary>Bytes of the answer so far.</summary>
    public long Received { get; set; }

    /// <summary>Whether an arrival waits for this connect to finish (with a connection per request).</summary>
    public bool HasArrival { get; set; }

    /// <summary>How often a socket was opened.</summary>
    public long Opens { get; private set; }

    /// <summary>How much of the request has been sent.</summary>
    public int Sent { get; set; }

    public int Descriptor { get; private set; } = -1;

    /// <summary>Identifies this socket, and not an earlier one of the slot, in the poller's events.</summary>
    public ulong Token => ((ulong)_generation << 32) | (uint)slot;

    /// <summary>Begins to connect; true unless the kernel refuses at once.</summary>
    public bool Open(Poller poller, Target target)
    {
        ReadOnlySpan<byte> address = target.Address.Span;
        int family = target.EndPoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? Native.AddressFamilyInet6 : Native.AddressFamilyInet;
        Descriptor = Native.Check(Native.Socket(family, Native.StreamNonBlockingCloseOnExec, 0), "socket");
        Native.SetOption(Descriptor, Native.LevelTcp, Native.OptionNoDelay, 1);
        _generation++;
        Opens++;
        int result;
        fixed (byte* bytes = address)
        {
            result = Native.Connect(Descriptor, bytes, (uint)address.Length);
        }

        if (result < 0 && Native.Error != Native.InProgress)
        {
            Close();
            return false;
        }

        poller.Add(Descriptor, Token);
        State = Phase.Connecting;
        return true;
    }

    /// <summary>Whether the connect that ended was a success.</summary>
    public bool Connected()
    {
        int error = 0;
        uint length = sizeof(int);
        return Native.GetOption(Descriptor, Native.LevelSocket, Native.OptionError, &error, &length) == 0 && error == 0;
    }

    /// <summary>Sends what is left of the request; false when the connection is broken.</summary>
    public bool Send(ReadOnlySpan<byte> request)
    {
        while (Sent < request.Length)
        {
            ReadOnlySpan<byte> rest = request[Sent..];
            nint count;
            fixed (byte* bytes = rest)
            {
                count = Native.Send(Descriptor, bytes, rest.Length, Native.SendNoSignal);
            }

            if (count < 0)
            {
                return Native.Error is Native.TryAgain or Native.Interrupted;
            }

            Sent += (int)count;
        }

        return true;
    }

    public void Close()
    {
        if (Descriptor >= 0)
        {
            _ = Native.Close(Descriptor);
            Descriptor = -1;
            _generation++;
        }

        State = Phase.Closed;
    }
}
