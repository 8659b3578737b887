using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Listeners;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Hosting;

/// <summary>The last part of a drain: idle connections end now, busy ones after their answer, what is left at the deadline is cut.</summary>
internal static class Drain
{
    // After a cut the connections only have to unwind.
    private static readonly TimeSpan UnwindLimit = TimeSpan.FromSeconds(5);

    /// <summary>Returns how many connections were cut inside an exchange.</summary>
    public static async Task<int> FinishAsync(
        IReadOnlyList<EdgeWorker> workers, ConnectionLimits limits, TimeSpan deadline, TimeProvider time, CancellationToken now)
    {
        await OnEveryLoopAsync(workers, static worker =>
        {
            foreach (IDownstream connection in worker.Connections.ToArray())
            {
                connection.StopPolitely();
            }

            // Who has not begun to speak has nothing to lose; a handshake that runs may bring a request.
            foreach (TlsHandshake handshake in worker.Handshakes.Where(static handshake => !handshake.HasBegun).ToArray())
            {
                handshake.GiveUp();
            }

            return 0;
        });

        await EmptyAsync(limits, deadline, time, now);

        // A copy of a request has nobody who waits for it.
        await OnEveryLoopAsync(workers, static worker =>
        {
            worker.EndShadows();
            return 0;
        });
        if (limits.Total == 0)
        {
            return 0;
        }

        int cut = await OnEveryLoopAsync(workers, static worker =>
        {
            int busy = 0;
            foreach (IDownstream connection in worker.Connections.ToArray())
            {
                busy += connection.IsIdle ? 0 : 1;
                connection.Cut();
            }

            foreach (TlsHandshake handshake in worker.Handshakes.ToArray())
            {
                handshake.GiveUp();
            }

            return busy;
        });
        await EmptyAsync(limits, UnwindLimit, time, CancellationToken.None);
        return cut;
    }

    private static async Task EmptyAsync(ConnectionLimits limits, TimeSpan limit, TimeProvider time, CancellationToken now)
    {
        if (limit > TimeSpan.Zero)
        {
            await limits.WhenEmpty().WaitAsync(limit, time, now).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<int> OnEveryLoopAsync(IReadOnlyList<EdgeWorker> workers, Func<EdgeWorker, int> action)
    {
        int sum = 0;
        foreach (EdgeWorker worker in workers)
        {
            TaskCompletionSource<int> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            worker.Loop.Post(
                _ =>
                {
                    try
                    {
                        done.SetResult(action(worker));
                    }
                    catch (Exception exception)
                    {
                        // A drain that fails must say so: it would never end otherwise.
                        done.SetException(exception);
                    }
                },
                null);
            sum += await done.Task;
        }

        return sum;
    }
}
