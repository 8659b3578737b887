using System.CommandLine;
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
        command.SetAction((parsed, _) => RunAsync(SettingOverrides.Read(parsed, terminal), terminal.Error));
        return command;
    }

    public static async Task<int> RunAsync(EdgeSettings settings, TextWriter errors)
    {
        ConfigSource source = new(settings);
        LoadResult loaded = source.Load();
        await PrintAsync(errors, settings, loaded);
        if (loaded.Refused)
        {
            return ExitCodes.Refused;
        }

        try
        {
            await using EdgeHost host = new(settings, TimeProvider.System);
            using SignalSource signals = new();
            await host.StartAsync(loaded);
            await using ConfigWatcher watcher = new(source, changed => new ValueTask(host.ReloadAsync(changed)), TimeProvider.System);
            if (settings.Sources.Watch)
            {
                watcher.Start(loaded);
            }

            signals.OnReload = () => _ = host.ReloadAsync(source.Load);
            signals.OnReopen = host.ReopenLogs;
            StopRequest stop = await signals.Stopped;
            int cut = await host.DrainAsync(
                stop.SkipsMinimum ? TimeSpan.Zero : settings.Listeners.MinimumDrain, settings.Listeners.DrainTimeout, stop.Signal, signals.Now);
            return cut == 0 ? ExitCodes.Ok : ExitCodes.Failure;
        }
        catch (IOException exception)
        {
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
