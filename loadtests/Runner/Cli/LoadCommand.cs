using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Reports;
using VoltageSoda.Edge.LoadTests.Running;

namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>Runs scenarios side by side, shows progress, writes the reports and turns thresholds into the exit code.</summary>
internal static class LoadCommand
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static int Run(Target target, IReadOnlyList<Scenario> scenarios, string? reportFolder, bool quiet)
    {
        using var stop = new CancellationTokenSource();
        ConsoleCancelEventHandler onCancel = (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        Console.CancelKeyPress += onCancel;
        try
        {
            using var run = new LoadRun(target, scenarios);
            run.Start(stop.Token);
            TimeSpan limit = run.PlannedLength + scenarios.Max(scenario => scenario.Timeout) + Grace;
            bool ended = quiet
                ? run.Wait(limit)
                : new ConsoleProgress(run, Console.Out, !Console.IsOutputRedirected).Follow(limit);
            if (!ended)
            {
                Console.Error.WriteLine("edge-load: the run did not end in time.");
                return ExitCode.Failed;
            }

            IReadOnlyList<ScenarioResult> results = run.Results();
            Report(results, target, reportFolder, quiet);
            return !stop.IsCancellationRequested && results.All(result => result.Passed) ? ExitCode.Passed : ExitCode.Failed;
        }
        catch (PreflightException wrong)
        {
            Console.Error.WriteLine($"edge-load: {wrong.Message}");
            return ExitCode.Failed;
        }
        catch (ArgumentException wrong)
        {
            Console.Error.WriteLine($"edge-load: {wrong.Message}");
            return ExitCode.Usage;
        }
        finally
        {
            Console.CancelKeyPress -= onCancel;
        }
    }

    private static void Report(IReadOnlyList<ScenarioResult> results, Target target, string? folder, bool quiet)
    {
        foreach (ScenarioResult result in results)
        {
            if (quiet)
            {
                ConsoleReport.WriteForShell(Console.Out, result);
            }
            else
            {
                ConsoleReport.Write(Console.Out, result);
            }
        }

        if (folder is null)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        RunDescription description = RunDescription.Here(target.Url.ToString(), TimeProvider.System);
        File.WriteAllText(Path.Combine(folder, "report.json"), JsonReport.Write(description, results));
        File.WriteAllText(Path.Combine(folder, "report.html"), HtmlReport.Write(description, results));
        if (!quiet)
        {
            Console.WriteLine($"\nReport: {Path.Combine(folder, "report.html")}");
        }
    }
}
