using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Hosting;

/// <summary>Why the process stops.</summary>
/// <param name="Signal">Name of the signal.</param>
/// <param name="SkipsMinimum">SIGQUIT: drain without waiting for load balancers.</param>
internal readonly record struct StopRequest(string Signal, bool SkipsMinimum);

/// <summary>
/// The signals of the process: SIGTERM and SIGINT drain, SIGQUIT drains without the minimum, a second one of these ends the process at
/// once, SIGHUP reloads, SIGUSR1 reopens log files. Thread-safe.
/// </summary>
internal sealed class SignalSource : IDisposable
{
    private const PosixSignal UserOne = (PosixSignal)10;

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TaskCompletionSource<StopRequest> _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _now = new();
    private int _stops;
    private int _reloadWaits;
    private Action? _onReload;

    public SignalSource()
    {
        Register(PosixSignal.SIGTERM, context => Stop(context, "SIGTERM", skipsMinimum: false));
        Register(PosixSignal.SIGINT, context => Stop(context, "SIGINT", skipsMinimum: false));
        Register(PosixSignal.SIGQUIT, context => Stop(context, "SIGQUIT", skipsMinimum: true));
        Register(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Interlocked.Exchange(ref _reloadWaits, 1);
            Reload();
        });
        if (!OperatingSystem.IsWindows())
        {
            Register(UserOne, context =>
            {
                context.Cancel = true;
                OnReopen?.Invoke();
            });
        }
    }

    /// <summary>Called for SIGHUP, off the loops; at once for one that came before this was set.</summary>
    public Action? OnReload
    {
        get => Volatile.Read(ref _onReload);
        set
        {
            Interlocked.Exchange(ref _onReload, value);
            Reload();
        }
    }

    /// <summary>Called for SIGUSR1, off the loops.</summary>
    public Action? OnReopen { get; set; }

    /// <summary>Completes with the first stop signal.</summary>
    public Task<StopRequest> Stopped => _stop.Task;

    /// <summary>Cancelled by the second stop signal: what is in flight is cut now.</summary>
    public CancellationToken Now => _now.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _now.Dispose();
    }

    private void Register(PosixSignal signal, Action<PosixSignalContext> handler) =>
        _registrations.Add(PosixSignalRegistration.Create(signal, handler));

    // Both sides write before they look, so that a signal beside the setting is not lost.
    private void Reload()
    {
        if (OnReload is { } reload && Interlocked.Exchange(ref _reloadWaits, 0) != 0)
        {
            reload();
        }
    }

    private void Stop(PosixSignalContext context, string name, bool skipsMinimum)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _stops) == 1)
        {
            _stop.TrySetResult(new StopRequest(name, skipsMinimum));
        }
        else
        {
            _now.Cancel();
        }
    }
}
