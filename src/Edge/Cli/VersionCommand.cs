using System.CommandLine;
using System.Reflection;
using System.Runtime;
using System.Runtime.InteropServices;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Snapshot;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Cli;

/// <summary><c>voltage-edge version</c>: what this is, what it runs on, and which transport it would use here.</summary>
internal static class VersionCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("version", "Print version, revision, runtime and the transport that would be used here.");
        command.SetAction((parsed, _) => RunAsync(SettingOverrides.Read(parsed, terminal), terminal));
        return command;
    }

    /// <summary>Tells what is, so that it ends well also where a setting or the transport does not work.</summary>
    public static async Task<int> RunAsync(EdgeSettings settings, Terminal terminal)
    {
        await terminal.ComplainAsync(settings);
        TextWriter output = terminal.Output;
        string choice = settings.Listeners.Transport.ToString().ToLowerInvariant();
        bool works = TransportProbe.TrySelect(choice, out TransportKind kind, out string reason);
        await output.WriteLineAsync($"voltage-edge {GatewayFields.ThisVersion}");
        await output.WriteLineAsync($"revision   {Revision() ?? "unknown"}");
        await output.WriteLineAsync($"runtime    {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, "
            + $"{(GCSettings.IsServerGC ? "server" : "workstation")} GC");
        await output.WriteLineAsync(works
            ? $"transport  {kind.ToString().ToLowerInvariant()} ({reason})"
            : $"transport  {choice} does not work here: {reason}");
        return ExitCodes.Ok;
    }

    // The SDK appends the commit to the informational version when it builds inside a clone.
    private static string? Revision()
    {
        string? version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        int plus = version?.IndexOf('+') ?? -1;
        return plus < 0 ? null : version![(plus + 1)..];
    }
}
