using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Transport;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Running;

/// <summary>What happens to connections: readiness, the ends of requests, timeouts and reopening.</summary>
internal sealed unsafe partial class LoadLoop
{
    private void Handle(ClientConnection connection, ulong token, uint events)
    {
        if (token != connection.Token)
        {
            // An event of the slot's previous socket in the same batch.
            return;
        }

        switch (connection.State)
        {
            case ClientConnection.Phase.Connecting:
                OnConnected(connection);
                return;
            case ClientConnection.Phase.Busy:
                ReadOnlySpan<byte> request = _plan.Steps[connection.StepIndex].Request;
                if (connection.Sent < request.Length && (events & Poller.Writable) != 0 && !connection.Send(request))
                {
                    Fail(connection, ResponseFault.Closed);
                    return;
                }

                break;
            default:
                break;
        }

        if ((events & ~Poller.Writable) != 0)
        {
            Read(connection, (events & (Poller.PeerClosed | Poller.HungUp | Poller.Failed)) != 0);
        }
    }

    private void OnConnected(ClientConnection connection)
    {
        if (!connection.Connected())
        {
            if (connection.HasArrival)
            {
                Fail(connection, ResponseFault.Connect);
            }
            else
            {
                Drop(connection);
            }
        }
        else if (connection.HasArrival)
        {
            connection.HasArrival = false;
            SendStep(connection);
        }
        else
        {
            MakeIdle(connection);
        }
    }

    private void Read(ClientConnection connection, bool ends)
    {
        ulong token = connection.Token;
        while (connection.Token == token)
        {
            nint count;
            fixed (byte* bytes = _buffer)
            {
                count = Native.Receive(connection.Descriptor, bytes, _buffer.Length, 0);
            }

            if (count <= 0)
            {
                int error = count < 0 ? Native.Error : 0;
                if (error == Native.Interrupted)
                {
                    continue;
                }

                if (error != Native.TryAgain)
                {
                    OnEnd(connection, wasReset: count < 0);
                }

                return;
            }

            OnBytes(connection, _buffer.AsSpan(0, (int)count));
            if (count < _buffer.Length && !ends)
            {
                // A short read emptied the socket: the next bytes make a new edge.
                return;
            }
        }
    }

    private void OnBytes(ClientConnection connection, ReadOnlySpan<byte> bytes)
    {
        if (connection.State != ClientConnection.Phase.Busy)
        {
            // Nobody asked: the peer's framing is off. The next user of the connection would have read this as its answer.
            if (connection.State == ClientConnection.Phase.Idle)
            {
                Tallies[0].Fail(ResponseFault.Malformed);
                Timeline.Fail(_now - _start - _plan.WarmUp);
            }

            Drop(connection);
            return;
        }

        connection.Received += bytes.Length;
        ReadStatus status = connection.Reader.Feed(bytes, out int consumed);
        if (status == ReadStatus.Broken || consumed < bytes.Length)
        {
            Fail(connection, ResponseFault.Malformed);
        }
        else if (status == ReadStatus.Complete)
        {
            Complete(connection);
        }
    }

    private void OnEnd(ClientConnection connection, bool wasReset)
    {
        if (connection.State == ClientConnection.Phase.Busy)
        {
            if (!wasReset && connection.Reader.FeedEnd() == ReadStatus.Complete)
            {
                Complete(connection);
                Drop(connection);
            }
            else
            {
                Fail(connection, ResponseFault.Closed);
            }
        }
        else
        {
            Drop(connection);
        }
    }

    private void Complete(ClientConnection connection)
    {
        AssertBusy(connection);
        _now = Clock.Now;
        ResponseFault fault = connection.Reader.Fault;
        Record(connection, fault);
        bool usable = connection.Reader.KeepAlive && !_plan.Scenario.CloseEach;
        if (usable && fault == ResponseFault.None && connection.StepIndex + 1 < _plan.Steps.Length)
        {
            connection.StepIndex++;
            connection.Intended = _now;
            SendStep(connection);
            return;
        }

        _busy--;
        if (usable)
        {
            MakeIdle(connection);
        }
        else
        {
            // The side that said so closes first, as it would with other clients; a reminder is set in case it forgets.
            connection.State = ClientConnection.Phase.Ending;
            connection.Deadline = _now + Clock.Second;
        }
    }

    private void Fail(ClientConnection connection, ResponseFault fault)
    {
        AssertBusy(connection);
        _now = Clock.Now;
        ResponseFault earlier = connection.Reader.Fault;
        bool judged = connection.State == ClientConnection.Phase.Busy && earlier != ResponseFault.None;
        Record(connection, judged ? earlier : fault);
        _busy--;
        Drop(connection);
    }

    private void Record(ClientConnection connection, ResponseFault fault)
    {
        // Warm-up is told by the intended start. What a closed loop gets after its end belongs to no planned second, unless it is an error.
        bool late = _arrivals is null && _now - _start > _plan.End;
        if (connection.Intended - _start < _plan.WarmUp || (late && fault == ResponseFault.None))
        {
            return;
        }

        long elapsed = _now - _start;
        LastEnd = elapsed;
        StepTally tally = Tallies[connection.StepIndex];
        StartDelay.Record(connection.Started - connection.Intended);
        if (fault == ResponseFault.None)
        {
            long latency = _now - connection.Intended;
            tally.Succeed(latency, _now - connection.Started, connection.Received);
            Timeline.Succeed(elapsed - _plan.WarmUp, latency);
        }
        else
        {
            tally.Fail(fault);
            Timeline.Fail(elapsed - _plan.WarmUp);
        }
    }

    private void Drop(ClientConnection connection)
    {
        bool refused = connection.State == ClientConnection.Phase.Connecting;
        connection.HasArrival = false;
        connection.Close();
        if (_plan.Scenario.CloseEach)
        {
            _idle.Enqueue(connection);
        }
        else if (!_finished && (refused || !connection.Open(_poller, _plan.Target)))
        {
            // The sweep tries again: without the pause a refusing server would be asked in a tight loop.
            connection.Deadline = _now + ReconnectPause;
        }
    }

    private void Sweep()
    {
        _nextSweep = _now + SweepInterval;
        foreach (ClientConnection connection in _connections)
        {
            bool waits = connection.State is ClientConnection.Phase.Busy || connection.HasArrival;
            if (_now < connection.Deadline)
            {
                continue;
            }

            if (waits)
            {
                Fail(connection, ResponseFault.Timeout);
            }
            else if (connection.State == ClientConnection.Phase.Ending)
            {
                Drop(connection);
            }
            else if (connection.State == ClientConnection.Phase.Closed && !_plan.Scenario.CloseEach
                && !connection.Open(_poller, _plan.Target))
            {
                connection.Deadline = _now + ReconnectPause;
            }
        }
    }

    /// <summary>What never started or never ended is an error: otherwise a system that hangs would look fast.</summary>
    private void Finish()
    {
        _finished = true;
        if (_arrivals is { Remaining: > 0 } arrivals)
        {
            Tallies[0].Fail(ResponseFault.NotStarted, arrivals.Remaining);
        }

        _now = Clock.Now;
        foreach (ClientConnection connection in _connections)
        {
            if (connection.State == ClientConnection.Phase.Busy || connection.HasArrival)
            {
                Fail(connection, ResponseFault.Timeout);
            }
        }

        Timeline.Finish();
    }
}
