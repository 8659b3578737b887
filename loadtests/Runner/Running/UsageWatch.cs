using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Transport;

namespace VoltageSoda.Edge.LoadTests.Running;

/// <summary>
/// Reads a process' usage exactly when the measurement begins and ends, so that the time it spent divides by the requests that were
/// counted and not by those of the warm-up. Owns one thread; the result may be read once the run is over.
/// </summary>
internal sealed class UsageWatch
{
    private readonly Thread _thread;
    private ProcessUsage? _result;

    /// <summary>Starts to wait for the moments <paramref name="begin"/> and <paramref name="end"/> of the monotonic clock.</summary>
    public UsageWatch(int process, long begin, long end)
    {
        _thread = new Thread(() =>
        {
            SleepUntil(begin);
            ProcessUsage? before = ProcessUsage.Of(process);
            SleepUntil(end);
            ProcessUsage? after = ProcessUsage.Of(process);
            _result = before is null || after is null ? null : after.Since(before);
        })
        { IsBackground = true, Name = "usage" };
        _thread.Start();
    }

    /// <summary>What was used between the two moments; null when the process was not there.</summary>
    public ProcessUsage? Result()
    {
        _thread.Join();
        return _result;
    }

    private static void SleepUntil(long moment)
    {
        long left = moment - Clock.Now;
        if (left > 0)
        {
            Thread.Sleep(TimeSpan.FromTicks(left / 100));
        }
    }
}
