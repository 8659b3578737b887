using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace VoltageSoda.Edge.Transport.Sockets;

/// <summary>A stock listener whose connections are dealt round-robin to the loops that bound its endpoint. Thread-safe.</summary>
internal sealed class SharedStockListener
{
    private readonly Lock _lock = new();
    private readonly IConnectionListener _inner;
    private SerialListener[] _members = [];
    private bool _isOver;

    public SharedStockListener(IConnectionListener inner)
    {
        _inner = inner;
        EndPoint = inner.EndPoint;
    }

    public EndPoint EndPoint { get; }

    /// <summary>Adds a loop's share; the first starts the accepting. Null when the last member has just left.</summary>
    public SerialListener? TryJoin(SerialLoop loop)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return null;
            }

            var member = new SerialListener(loop, this);
            _members = [.. _members, member];
            if (_members.Length == 1)
            {
                _ = Task.Run(DealAsync);
            }

            return member;
        }
    }

    /// <summary>Takes a loop's share away; the last one unbinds the stock listener.</summary>
    public async ValueTask LeaveAsync(SerialListener member)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            _members = [.. _members.Where(other => other != member)];
            if (_members.Length > 0)
            {
                return;
            }

            _isOver = true;
        }

        await _inner.UnbindAsync();
        await _inner.DisposeAsync();
    }

    private async Task DealAsync()
    {
        int next = 0;
        while (await _inner.AcceptAsync() is { } connection)
        {
            if (!await DealAsync(connection, next++))
            {
                await connection.DisposeAsync();
            }
        }
    }

    private async ValueTask<bool> DealAsync(ConnectionContext connection, int first)
    {
        while (true)
        {
            SerialListener[] members = Members();
            if (members.Length == 0)
            {
                return false;
            }

            for (int i = 0; i < members.Length; i++)
            {
                if (members[(int)((uint)(first + i) % (uint)members.Length)].Waiting.TryWrite(connection))
                {
                    return true;
                }
            }

            // Every loop is behind: wait for one, and look again who is still there.
            await members[(int)((uint)first % (uint)members.Length)].Waiting.WaitToWriteAsync();
        }
    }

    [SuppressMessage("Maintainability", "CA1508", Justification = "Another thread changes it.")]
    private SerialListener[] Members()
    {
        lock (_lock)
        {
            return _members;
        }
    }
}
