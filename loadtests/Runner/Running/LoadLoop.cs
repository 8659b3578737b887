using System.Diagnostics;
using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Schedule;
using VoltageSoda.Edge.LoadTests.Transport;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Running;

/// <summary>
/// One thread that carries a share of a scenario's connections and arrivals: one send, one receive and a share of a wait per request,
/// no allocation. An arrival that finds every connection busy stays in the schedule and is started later with its old time, so the wait
/// is part of its latency (no coordinated omission).
/// </summary>
internal sealed unsafe partial class LoadLoop : IDisposable
{
    private const long LongestWait = 20 * Clock.Millisecond;
    private const long SweepInterval = 100 * Clock.Millisecond;
    private const long ReconnectPause = 50 * Clock.Millisecond;

    private readonly RunPlan _plan;
    private readonly ArrivalCursor? _arrivals;
    private readonly ClientConnection[] _connections;
    private readonly Queue<ClientConnection> _idle;
    private readonly Poller _poller = new();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(256 * 1024, pinned: true);
    private long _start;
    private long _now;
    private int _busy;
    private long _nextSweep;
    private bool _finished;

    public LoadLoop(RunPlan plan, int index, int loops)
    {
        _plan = plan;
        _arrivals = plan.Schedule is { } schedule ? new ArrivalCursor(schedule, index, loops) : null;
        int connections = (plan.Scenario.Connections / loops) + (index < plan.Scenario.Connections % loops ? 1 : 0);
        _connections = [.. Enumerable.Range(0, connections).Select(slot => new ClientConnection(slot))];
        _idle = new Queue<ClientConnection>(connections);
        Tallies = [.. plan.Steps.Select(_ => new StepTally())];
    }

    /// <summary>Numbers per step; to be read after <see cref="Run"/> has returned.</summary>
    public StepTally[] Tallies { get; }

    /// <summary>How late requests were sent; to be read after <see cref="Run"/> has returned.</summary>
    public LatencyHistogram StartDelay { get; } = new();

    /// <summary>Second by second; finished seconds may be read at any time.</summary>
    public Timeline Timeline { get; } = new();

    /// <summary>When the last recorded request ended, in nanoseconds from the start.</summary>
    public long LastEnd { get; private set; }

    /// <summary>Requests whose sending was begun, those of the warm-up included.</summary>
    public long Sent { get; private set; }

    /// <summary>Connections opened after the first time.</summary>
    public long Reconnects => _plan.Scenario.CloseEach ? 0 : _connections.Sum(connection => Math.Max(connection.Opens - 1, 0));

    /// <summary>Opens all connections and returns when they stand; false if one cannot be opened in time.</summary>
    public bool Connect()
    {
        if (_plan.Scenario.CloseEach)
        {
            foreach (ClientConnection connection in _connections)
            {
                _idle.Enqueue(connection);
            }

            return true;
        }

        foreach (ClientConnection connection in _connections)
        {
            if (!connection.Open(_poller, _plan.Target))
            {
                return false;
            }
        }

        long deadline = Clock.Now + _plan.Timeout;
        while (_idle.Count < _connections.Length)
        {
            int count = _poller.Wait(LongestWait);
            for (int i = 0; i < count; i++)
            {
                ClientConnection connection = _connections[(int)(uint)_poller.TokenAt(i)];
                if (connection.State != ClientConnection.Phase.Connecting)
                {
                    continue;
                }

                if (!connection.Connected())
                {
                    return false;
                }

                MakeIdle(connection);
            }

            if (Clock.Now > deadline)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Carries the load from <paramref name="start"/> on; returns when everything has been answered or given up.</summary>
    public void Run(long start, CancellationToken cancelled)
    {
        Native.WakeExactly();
        _start = start;
        _nextSweep = start;
        while (!cancelled.IsCancellationRequested)
        {
            _now = Clock.Now;
            StartDue();
            long elapsed = _now - _start;
            bool exhausted = _arrivals is { } arrivals ? arrivals.Remaining == 0 : elapsed >= _plan.End;
            if ((exhausted && _busy == 0) || elapsed >= _plan.End + _plan.Timeout)
            {
                break;
            }

            int count = _poller.Wait(NextWait(elapsed));
            _now = Clock.Now;
            for (int i = 0; i < count; i++)
            {
                Handle(_connections[(int)(uint)_poller.TokenAt(i)], _poller.TokenAt(i), _poller.EventsAt(i));
            }

            if (_now >= _nextSweep)
            {
                Sweep();
            }
        }

        Finish();
    }

    public void Dispose()
    {
        foreach (ClientConnection connection in _connections)
        {
            connection.Close();
        }

        _poller.Dispose();
    }

    private long NextWait(long elapsed)
    {
        long wait = Math.Clamp(_nextSweep - _now, 0, LongestWait);
        if (_arrivals is { } arrivals && _idle.Count > 0)
        {
            wait = Math.Clamp(arrivals.NextOffset - elapsed, 0, wait);
        }

        return elapsed < 0 ? Math.Min(wait, -elapsed) : wait;
    }

    private void StartDue()
    {
        while (_idle.Count > 0)
        {
            // A cleared slot of the queue: its connection went away while idle and is being reopened.
            if (!IsUsable(_idle.Peek()))
            {
                _idle.Dequeue();
                continue;
            }

            long elapsed = _now - _start;
            if (_arrivals is null)
            {
                if (elapsed < 0 || elapsed >= _plan.End)
                {
                    return;
                }

                Begin(_idle.Dequeue(), _now);
            }
            else if (_arrivals.TryTake(elapsed, out long intended))
            {
                Begin(_idle.Dequeue(), _start + intended);
            }
            else
            {
                return;
            }
        }
    }

    private bool IsUsable(ClientConnection connection) =>
        connection.State == (_plan.Scenario.CloseEach ? ClientConnection.Phase.Closed : ClientConnection.Phase.Idle);

    private void Begin(ClientConnection connection, long intended)
    {
        _busy++;
        connection.StepIndex = 0;
        connection.Intended = intended;
        if (!_plan.Scenario.CloseEach)
        {
            SendStep(connection);
            return;
        }

        connection.Started = _now = Clock.Now;
        connection.Deadline = _now + _plan.Timeout;
        connection.HasArrival = true;
        if (!connection.Open(_poller, _plan.Target))
        {
            Fail(connection, ResponseFault.Connect);
        }
    }

    private void SendStep(ClientConnection connection)
    {
        PreparedStep step = _plan.Steps[connection.StepIndex];
        connection.State = ClientConnection.Phase.Busy;
        connection.Sent = 0;
        Sent++;
        connection.Received = 0;
        connection.Reader.Begin(step.Step.Expect, step.IsHead, step.ReferenceBody);
        if (!_plan.Scenario.CloseEach)
        {
            connection.Started = Clock.Now;
            connection.Deadline = connection.Started + _plan.Timeout;
        }

        if (!connection.Send(step.Request))
        {
            Fail(connection, ResponseFault.Closed);
        }
    }

    private void MakeIdle(ClientConnection connection)
    {
        connection.State = ClientConnection.Phase.Idle;
        _idle.Enqueue(connection);
    }

    [Conditional("DEBUG")]
    private static void AssertBusy(ClientConnection connection) =>
        Debug.Assert(connection.State is not (ClientConnection.Phase.Idle or ClientConnection.Phase.Ending), "nothing is in flight");
}
