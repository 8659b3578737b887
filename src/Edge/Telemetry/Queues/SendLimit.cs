namespace VoltageSoda.Edge.Telemetry.Queues;

/// <summary>Time limits of senders as timers take them. Pure.</summary>
internal static class SendLimit
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>The sum of limits that follow each other: zero in a configuration is no limit, and what no timer can wait for is the longest it can.</summary>
    public static TimeSpan Of(params ReadOnlySpan<TimeSpan> limits)
    {
        TimeSpan sum = TimeSpan.Zero;
        foreach (TimeSpan limit in limits)
        {
            if (limit <= TimeSpan.Zero)
            {
                return Timeout.InfiniteTimeSpan;
            }

            sum = limit < Longest - sum ? sum + limit : Longest;
        }

        return sum;
    }
}
