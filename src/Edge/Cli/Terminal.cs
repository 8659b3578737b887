using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;

namespace VoltageSoda.Edge.Cli;

/// <summary>What a command sees of the process that runs it: two streams and the variables. Immutable; the streams are the caller's.</summary>
/// <param name="Output">What was asked for.</param>
/// <param name="Error">Findings and complaints.</param>
/// <param name="Variables">Environment variables.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, IReadOnlyDictionary<string, string> Variables)
{
    /// <summary>The streams and variables of this process.</summary>
    public static Terminal OfProcess() => new(Console.Out, Console.Error, SettingsLoader.ProcessVariables());

    /// <summary>Prints what is to say about the settings.</summary>
    public async Task ComplainAsync(EdgeSettings settings)
    {
        if (settings.Findings.Count != 0)
        {
            await Error.WriteAsync(DiagnosticText.Text(settings.Findings));
        }
    }
}
