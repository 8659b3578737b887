namespace VoltageSoda.Edge.LoadTests.Measuring;

/// <summary>
/// The seconds of a run. One loop writes; another thread may at any time take copies of the list of seconds that are over, which no
/// longer change.
/// </summary>
public sealed class Timeline
{
    private readonly Lock _gate = new();
    private readonly List<Window> _finished = [];
    private Window? _current;

    /// <summary>Counts a success that ended <paramref name="elapsed"/> nanoseconds after the measurement began.</summary>
    public void Succeed(long elapsed, long latency) => At(elapsed).Latency.Record(latency);

    /// <summary>Counts a failure.</summary>
    public void Fail(long elapsed) => At(elapsed).Errors++;

    /// <summary>Publishes the second that is under way; called once by the writer, when it is done.</summary>
    public void Finish()
    {
        if (_current is { } last)
        {
            _current = null;
            lock (_gate)
            {
                _finished.Add(last);
            }
        }
    }

    /// <summary>The seconds that are over.</summary>
    public Window[] Finished()
    {
        lock (_gate)
        {
            return [.. _finished];
        }
    }

    private Window At(long elapsed)
    {
        int second = (int)Math.Floor(elapsed / 1e9);
        if (_current is { } current && current.Second == second)
        {
            return current;
        }

        // Once a second: the one allocation and the one lock of a loop.
        Finish();
        return _current = new Window(second);
    }
}
