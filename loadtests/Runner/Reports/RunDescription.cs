using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.LoadTests.Reports;

/// <summary>What a report needs so that its numbers mean something later: when, what, on which machine, from which commit. Immutable.</summary>
public sealed record RunDescription(string Time, string Command, string Machine, string Commit, string Target)
{
    /// <summary>Describes this machine and this process' command line.</summary>
    public static RunDescription Here(string target, TimeProvider time) => new(
        time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        "edge-load " + string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Select(WithoutSecret)),
        MachineName(),
        CommitHere(),
        target);

    /// <summary>Processor, cores, memory, kernel and runtime in one line.</summary>
    public static string MachineName()
    {
        string processor = LineOf("/proc/cpuinfo", "model name");
        string memory = LineOf("/proc/meminfo", "MemTotal");
        long gib = long.TryParse(memory.Split(' ')[0], out long kib) ? kib / (1024 * 1024) : 0;
        return $"{processor}, {Environment.ProcessorCount} usable cores, {gib} GiB, {RuntimeInformation.OSDescription}, "
            + $"{RuntimeInformation.FrameworkDescription} {RuntimeInformation.ProcessArchitecture}";
    }

    /// <summary>Reports are shown around; a bearer token is not.</summary>
    private static string WithoutSecret(string argument) =>
        argument.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase) || argument.StartsWith("Cookie:", StringComparison.OrdinalIgnoreCase)
            ? argument[..argument.IndexOf(':', StringComparison.Ordinal)] + ":***"
            : argument;

    private static string CommitHere()
    {
        try
        {
            var start = new ProcessStartInfo("git", "describe --always --dirty --abbrev=12")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process? git = Process.Start(start);
            string revision = git?.StandardOutput.ReadToEnd().Trim() ?? "";
            git?.WaitForExit();
            return revision.Length > 0 ? revision : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git here: the report is then of an unnamed build.
            return "unknown";
        }
    }

    private static string LineOf(string path, string key) =>
        !File.Exists(path) ? "unknown"
        : File.ReadLines(path).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";
}
