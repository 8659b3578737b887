using System.Globalization;
using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Hosting;

/// <summary>Why the process stops.</summary>
/// <param name="Signal">Name of the signal.</param>
/// <param name="SkipsMinimum">SIGQUIT: drain without waiting for load balancers.</param>
internal readonly record struct StopRequest(string Signal, bool SkipsMinimum);

/// <summary>
/// The signals of the process: SIGTERM and SIGINT drain, SIGQUIT drains without the minimum, a second one of these ends the process at
/// once, SIGHUP reloads, SIGUSR1 reopens log files. One that was ignored when the process began, as nohup and the background jobs of a script
/// have it, is handled all the same: nginx does so, and whoever stops or reloads the edge relies on it. Thread-safe.
/// </summary>
internal sealed partial class SignalSource : IDisposable
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
        // Before the first registration: with it the runtime looks which ones are ignored, and leaves them so.
        HearIgnored();
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

    // SIGHUP, SIGINT, SIGQUIT, SIGUSR1 and SIGTERM get the default action back.
    private static void HearIgnored()
    {
        ulong ignored = Ignored();
        foreach (int signal in (ReadOnlySpan<int>)[1, 2, 3, 10, 15])
        {
            if ((ignored & (1UL << (signal - 1))) != 0)
            {
                _ = SetAction(signal, 0);
            }
        }
    }

    // The signals that are ignored, lowest bit first; none where the system does not tell.
    private static ulong Ignored()
    {
        const string Line = "SigIgn:";
        try
        {
            string? line = OperatingSystem.IsLinux()
                ? File.ReadLines("/proc/self/status").FirstOrDefault(static line => line.StartsWith(Line, StringComparison.Ordinal))
                : null;
            return line is null ? 0 : ulong.Parse(line.AsSpan(Line.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetAction(int signal, nint action);

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
