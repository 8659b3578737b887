using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Hosting;

/// <summary>
/// The process's slow clock: samples memory against the ceiling, acts on its pressure, expires rate limit counters and looks for new certificates. Runs on a timer thread and only publishes results
/// to the loops. Thread-safe.
/// </summary>
internal sealed class ControlLoop(
    ServingState state, MemoryCeiling ceiling, StateRegistry registry, ListenerCertificates certificates, GatewayCertificates gateways, OutlierClock outliers, TimeProvider time, ILogger log)
    : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private ITimer? _timer;

    /// <summary>Begins sampling.</summary>
    public void Start() => _timer = time.CreateTimer(static self => ((ControlLoop)self!).Tick(), this, Period, Period);

    /// <summary>Does one period's work now.</summary>
    public void Tick()
    {
        Observe(ResidentBytes());
        certificates.Tick();
        gateways.Tick();
        outliers.Run();
        registry.SweepLimiters(time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>Acts on a sample of resident memory.</summary>
    public void Observe(long resident)
    {
        if (!ceiling.Observe(resident))
        {
            return;
        }

        state.Pressure = ceiling.Pressure;
        Log.MemoryPressureChanged(log, ceiling.Pressure.ToString(), resident, ceiling.LimitBytes);
        if (ceiling.Pressure >= MemoryPressure.Shrink)
        {
            registry.CloseIdle();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is { } timer)
        {
            await timer.DisposeAsync();
        }

        await outliers.DisposeAsync();
    }

    private static long ResidentBytes()
    {
        try
        {
            // Second field of statm: resident pages.
            ReadOnlySpan<char> text = File.ReadAllText("/proc/self/statm");
            int start = text.IndexOf(' ') + 1;
            int length = text[start..].IndexOf(' ');
            return long.Parse(text.Slice(start, length), System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return Environment.WorkingSet;
        }
    }
}
