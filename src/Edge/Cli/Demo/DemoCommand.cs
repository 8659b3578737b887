using System.CommandLine;
using System.Net;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Hosting;

namespace VoltageSoda.Edge.Cli.Demo;

/// <summary><c>voltage-edge demo</c>: sample upstreams and the edge on the sample configuration in one process, and what to try there.</summary>
internal static class DemoCommand
{
    // Somebody at a terminal waits for the prompt.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(3);

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "demo", "Serve the Voltage Soda sample with three small upstreams, throw-away secrets and ready tokens; needs nothing else.");
        command.SetAction((parsed, _) => RunAsync(SettingOverrides.Given(parsed), terminal));
        return command;
    }

    public static async Task<int> RunAsync(IReadOnlyDictionary<string, string> commandLine, Terminal terminal)
    {
        try
        {
            using SignalSource signals = new();
            using DemoSample sample = new();
            await using DemoUpstreams upstreams = await DemoUpstreams.StartAsync();
            IReadOnlyList<string> notes = Settings(commandLine, terminal, sample, upstreams, out EdgeSettings settings);
            ConfigSource source = new(settings);
            LoadResult loaded = source.Load();
            if (loaded.Refused || loaded.Model is null)
            {
                await terminal.Error.WriteAsync(DiagnosticText.Text(loaded.Findings));
                return ExitCodes.Refused;
            }

            await using EdgeHost host = new(settings, TimeProvider.System);
            await host.StartAsync(loaded);
            await using ConfigWatcher watcher = new(source, changed => new ValueTask(host.ReloadAsync(changed)), TimeProvider.System);
            if (settings.Sources.Watch)
            {
                watcher.Start(loaded);
            }

            signals.OnReload = () => _ = host.ReloadAsync(source.Load);
            await PrintAsync(terminal.Output, sample, upstreams, notes, loaded, host);
            StopRequest stop = await signals.Stopped;
            await terminal.Output.WriteLineAsync($"{stop.Signal}: stopping.");
            await host.DrainAsync(TimeSpan.Zero, DrainLimit, stop.Signal, signals.Now);
            return ExitCodes.Ok;
        }
        catch (IOException exception)
        {
            await terminal.Error.WriteLineAsync(exception.Message);
            return ExitCodes.Failure;
        }
    }

    private static IReadOnlyList<string> Settings(
        IReadOnlyDictionary<string, string> commandLine, Terminal terminal, DemoSample sample, DemoUpstreams upstreams, out EdgeSettings settings)
    {
        Dictionary<string, string> variables = new(terminal.Variables, StringComparer.Ordinal);
        variables.Remove("KONG_DECLARATIVE_CONFIG");
        variables.Remove("KONG_DECLARATIVE_CONFIG_STRING");
        variables["EDGE_CONFIG"] = string.Join(':', sample.Paths);
        variables.TryAdd("KONG_LOG_LEVEL", "warn");

        // The demo has no Redis: limits are counted here, so that they can be seen.
        variables.TryAdd("EDGE_REDIS_FALLBACK", "local");
        DemoSample.Complete(variables, upstreams);
        IReadOnlyList<string> notes = DemoPorts.Choose(
            variables, name => commandLine.ContainsKey(name) || (variables.TryGetValue(name, out string? text) && text.Length != 0));
        settings = SettingsLoader.Load(variables, commandLine);
        return notes;
    }

    private static async Task PrintAsync(
        TextWriter output, DemoSample sample, DemoUpstreams upstreams, IReadOnlyList<string> notes, LoadResult loaded, EdgeHost host)
    {
        EndPoint? proxy = First(host.EndPoints(tls: false));
        EndPoint? secure = First(host.EndPoints(tls: true));
        EndPoint? status = First(host.StatusEndPoints);
        await output.WriteAsync(DemoText.Welcome(
            sample, upstreams, notes, loaded.Findings.Count, proxy, secure, status, First(host.AdminEndPoints)));
        await output.WriteAsync(DemoText.Tokens(DemoToken.Sign(loaded.Model!, TimeProvider.System.GetUtcNow())));
        if ((proxy ?? secure) is not null)
        {
            await output.WriteAsync(DemoText.Examples(proxy, secure, status));
        }

        await output.FlushAsync();
    }

    private static EndPoint? First(IReadOnlyList<EndPoint> addresses) => addresses.Count == 0 ? null : addresses[0];
}
