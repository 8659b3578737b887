using System.Globalization;

namespace VoltageSoda.Edge.LoadTests.Measuring;

/// <summary>
/// Processor time and memory of a process with all its threads and descendants, as the kernel counts them: helpers, workers and compiler
/// threads included, also those that have ended. Times in seconds with the resolution of a clock tick (10 ms). Immutable.
/// </summary>
public sealed record ProcessUsage(double UserSeconds, double SystemSeconds, long RssKiB, long PssKiB)
{
    // USER_HZ, which is 100 on every architecture .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>User and system time together.</summary>
    public double CpuSeconds => UserSeconds + SystemSeconds;

    /// <summary>Reads the tree below <paramref name="process"/>; null when there is no such process.</summary>
    public static ProcessUsage? Of(int process)
    {
        Dictionary<int, Stat> all = [];
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && Read(folder + "/stat") is { } text && Stat.Parse(text) is { } stat)
            {
                all[id] = stat;
            }
        }

        if (!all.ContainsKey(process))
        {
            return null;
        }

        double user = 0;
        double system = 0;
        long rss = 0;
        long pss = 0;
        foreach ((int id, Stat stat) in all)
        {
            if (IsBelow(id, process, all))
            {
                user += stat.User / TicksPerSecond;
                system += stat.System / TicksPerSecond;
                rss += KiBOf(Read($"/proc/{id}/status"), "VmRSS:");
                pss += KiBOf(Read($"/proc/{id}/smaps_rollup"), "Pss:");
            }
        }

        return new ProcessUsage(user, system, rss, pss);
    }

    /// <summary>The time spent since <paramref name="earlier"/>, with the memory of now.</summary>
    public ProcessUsage Since(ProcessUsage earlier) =>
        this with { UserSeconds = UserSeconds - earlier.UserSeconds, SystemSeconds = SystemSeconds - earlier.SystemSeconds };

    private static bool IsBelow(int id, int root, Dictionary<int, Stat> all)
    {
        while (id != root)
        {
            if (!all.TryGetValue(id, out Stat? stat) || stat.Parent == id)
            {
                return false;
            }

            id = stat.Parent;
        }

        return true;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // The process ended between the listing and the look, or its maps are another user's.
            return null;
        }
    }

    private static long KiBOf(string? text, string key)
    {
        int at = text?.IndexOf(key, StringComparison.Ordinal) ?? -1;
        return at < 0 ? 0 : long.Parse(
            text.AsSpan(at + key.Length, text!.IndexOf("kB", at, StringComparison.Ordinal) - at - key.Length).Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>What is needed of <c>/proc/PID/stat</c> (proc(5)); times in ticks, those of reaped children included.</summary>
    internal sealed record Stat(int Parent, long User, long System)
    {
        public static Stat? Parse(string text)
        {
            // The command name may contain spaces and parentheses: what follows the last one is fixed.
            string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length < 15 ? null : new Stat(
                int.Parse(fields[1], CultureInfo.InvariantCulture),
                long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[13], CultureInfo.InvariantCulture),
                long.Parse(fields[12], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture));
        }
    }
}
