using VoltageSoda.Edge.LoadTests.Measuring;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Reports;
using VoltageSoda.Edge.LoadTests.Running;

namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>Runs scenarios side by side, shows progress, writes the reports and turns thresholds into the exit code.</summary>
internal static class LoadCommand
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static int Run(Target target, IReadOnlyList<Scenario> scenarios, LoadOutput output)
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
            run.Start(stop.Token, output.WatchedProcess);
            TimeSpan limit = run.PlannedLength + scenarios.Max(scenario => scenario.Timeout) + Grace;
            bool ended = output.Quiet
                ? run.Wait(limit)
                : new ConsoleProgress(run, Console.Out, !Console.IsOutputRedirected).Follow(limit);
            if (!ended)
            {
                Console.Error.WriteLine("edge-load: the run did not end in time.");
                return ExitCode.Failed;
            }

            IReadOnlyList<ScenarioResult> results = run.Results();
            ProcessUsage? usage = run.Usage;
            if (output.WatchedProcess is { } process && usage is null)
            {
                Console.Error.WriteLine($"edge-load: process {process} is not there to be watched.");
                return ExitCode.Failed;
            }

            Report(results, target, usage, output);
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

    private static void Report(IReadOnlyList<ScenarioResult> results, Target target, ProcessUsage? usage, LoadOutput output)
    {
        foreach (ScenarioResult result in results)
        {
            if (output.Quiet)
            {
                ConsoleReport.WriteForShell(Console.Out, result, usage);
            }
            else
            {
                ConsoleReport.Write(Console.Out, result);
            }
        }

        if (usage is not null && !output.Quiet)
        {
            ConsoleReport.Write(Console.Out, usage, results.Sum(result => result.Successes));
        }

        if (output.ReportFolder is not { } folder)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        RunDescription description = RunDescription.Here(target.Url.ToString(), TimeProvider.System);
        File.WriteAllText(Path.Combine(folder, "report.json"), JsonReport.Write(description, results, usage));
        File.WriteAllText(Path.Combine(folder, "report.html"), HtmlReport.Write(description, results, usage));
        if (!output.Quiet)
        {
            Console.WriteLine($"\nReport: {Path.Combine(folder, "report.html")}");
        }
    }
}
