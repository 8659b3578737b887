using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Hosting;

namespace VoltageSoda.Edge.Cli;

/// <summary><c>voltage-edge run</c>: loads, prints findings to stderr, serves until a signal.</summary>
internal static class RunCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("run", "Serve until SIGTERM or SIGINT; SIGHUP and file changes reload.");
        command.SetAction(async (parsed, _) =>
        {
            // First of all: a signal while the settings and the configuration are read must not end the process as it ends others.
            using SignalSource signals = new();
            return await RunAsync(SettingOverrides.Read(parsed, terminal), signals, terminal.Error);
        });
        return command;
    }

    private static async Task<int> RunAsync(EdgeSettings settings, SignalSource signals, TextWriter errors)
    {
        ConfigSource source = new(settings);

        // Aside, since a file system may hang: a stop does not wait for it.
        Task<LoadResult> loading = Task.Run(source.Load);
        await Task.WhenAny(loading, signals.Stopped);
        if (signals.Stopped.IsCompleted)
        {
            return ExitCodes.Ok;
        }

        LoadResult loaded = await loading;
        await PrintAsync(errors, settings, loaded);
        if (loaded.Refused)
        {
            return ExitCodes.Refused;
        }

        try
        {
            await using EdgeHost host = new(settings, TimeProvider.System);
            signals.OnReopen = host.ReopenLogs;
            await host.StartAsync(loaded);
            await using ConfigWatcher watcher = new(source, changed => new ValueTask(host.ReloadAsync(changed)), TimeProvider.System);
            if (settings.Sources.Watch)
            {
                watcher.Start(loaded);
            }

            signals.OnReload = () => _ = host.ReloadAsync(source.Load);
            StopRequest stop = await await Task.WhenAny(signals.Stopped, host.StopRequested);
            TimeSpan minimum = !settings.IsGiven(SettingTable.MinimumDrain) && host.Snapshots.Current.Mesh.TerminationDrain is { } ofMesh
                ? ofMesh
                : settings.Listeners.MinimumDrain;
            int cut = await host.DrainAsync(
                stop.SkipsMinimum ? TimeSpan.Zero : minimum, settings.Listeners.DrainTimeout, stop.Signal, signals.Now);
            signals.OnReload = null;
            signals.OnReopen = null;
            return cut == 0 ? ExitCodes.Ok : ExitCodes.Failure;
        }
        catch (Exception exception) when (exception is IOException or SocketException or AddressInUseException or UnauthorizedAccessException)
        {
            // What the system refuses at start: an address, a log file.
            await errors.WriteLineAsync(exception.Message);
            return ExitCodes.Failure;
        }
    }

    private static async Task PrintAsync(TextWriter errors, EdgeSettings settings, LoadResult loaded)
    {
        string text = DiagnosticText.Text(loaded.Findings);
        if (text.Length != 0)
        {
            await errors.WriteAsync(text);
        }
    }
}
