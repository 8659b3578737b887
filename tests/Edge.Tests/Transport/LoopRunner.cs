using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Runs test code on a loop and brings its outcome back to the test.</summary>
internal static class LoopRunner
{
    /// <summary>A test that waits longer than this is stuck.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Task RunAsync(this EventLoop loop, Func<Task> body) =>
        loop.RunAsync(async () =>
        {
            await body();
            return true;
        });

    public static Task<T> RunAsync<T>(this EventLoop loop, Func<Task<T>> body)
    {
        var outcome = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(
            async state =>
            {
                try
                {
                    outcome.SetResult(await body());
                }
                catch (Exception exception)
                {
                    outcome.SetException(exception);
                }
            },
            null);
        return outcome.Task.WaitAsync(Limit);
    }
}
