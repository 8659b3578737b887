using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Tests.Transport;

public sealed class LoopMethodBuilderTests : IAsyncLifetime
{
    private readonly ITransport _transport = TransportProbe.Create(TransportKind.Sockets, new TransportOptions { LoopCount = 2 });

    private EventLoop Loop => _transport.Loops[0];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _transport.DisposeAsync().AsTask();

    [Fact]
    public async Task Method_NeverSuspended_CompletesSynchronously()
    {
        ValueTask<int> task = AddAsync(new ValueTask<int>(1), 2);
        Assert.True(task.IsCompletedSuccessfully);
        Assert.Equal(3, await task);
        await DoNothingAsync(default);
    }

    [Fact]
    public Task Method_Suspended_ResumesInlineOnTheLoop() => Loop.RunAsync(async () =>
    {
        var gate = new Gate();
        ValueTask<int> task = AddAsync(gate.WaitAsync(), 2);
        Assert.False(task.IsCompleted);
        int result = 0;
        Observe(task, value => result = value);
        gate.Open(40);

        // Not a turn later, and not on another thread: the call above ran the whole chain.
        Assert.Equal(42, result);
        await Task.CompletedTask;
    });

    [Fact]
    public Task Method_FailsBeforeSuspension_GivesTheException() => Loop.RunAsync(async () =>
    {
        ValueTask<int> failed = FailAsync(default);
        Assert.True(failed.IsFaulted);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await failed);
    });

    [Fact]
    public Task Method_FailsAfterSuspension_GivesTheException() => Loop.RunAsync(async () =>
    {
        var gate = new Gate();
        Task<int> failed = AsTask(FailAsync(gate.WaitAsync()));
        gate.Open(0);
        await Assert.ThrowsAsync<InvalidDataException>(() => failed);
    });

    [Fact]
    public Task Method_CanceledTask_ReportsCanceled() => Loop.RunAsync(async () =>
    {
        var gate = new Gate();
        ValueTask<int> task = CancelAsync(gate.WaitAsync());
        gate.Open(0);
        Assert.True(task.IsCanceled);
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await task);
    });

    [Fact]
    public Task Method_AwaitedTwice_Throws() => Loop.RunAsync(async () =>
    {
        var gate = new Gate();
        ValueTask<int> task = AddAsync(gate.WaitAsync(), 1);
        gate.Open(1);
        Assert.Equal(2, await task);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await task);
    });

    /// <summary>Off the loops, as under stock Kestrel, an awaiter may ask for the status while another thread completes the method.</summary>
    [Fact]
    public async Task Method_CompletedByAnotherThreadWhileAsked_LeavesTheBoxClean()
    {
        // More pairs than processors, so that threads are interrupted anywhere.
        Task[] pairs = new Task[2 * (Environment.ProcessorCount + 1)];
        for (int i = 0; i < pairs.Length; i += 2)
        {
            Handover handover = new();
            pairs[i] = Task.Factory.StartNew(() => CompleteAll(handover), TaskCreationOptions.LongRunning);
            pairs[i + 1] = Task.Factory.StartNew(() => ReadAll(handover), TaskCreationOptions.LongRunning);
        }

        await Task.WhenAll(pairs);
    }

    private const int Handovers = 20_000;

    private sealed class Handover
    {
        public Gate? Armed;
    }

    private static void CompleteAll(Handover handover)
    {
        for (int i = 0; i < Handovers; i++)
        {
            Gate? gate;
            while ((gate = Interlocked.Exchange(ref handover.Armed, null)) is null)
            {
                Thread.Yield();
            }

            gate.Open(i);
        }
    }

    private static void ReadAll(Handover handover)
    {
        for (int i = 0; i < Handovers; i++)
        {
            var gate = new Gate();
            ValueTask<int> task = AddAsync(gate.WaitAsync(), 1);
            Volatile.Write(ref handover.Armed, gate);
            ValueTaskAwaiter<int> awaiter = task.GetAwaiter();
            while (!awaiter.IsCompleted)
            {
                Thread.Yield();
            }

            Assert.Equal(i + 1, awaiter.GetResult());
        }
    }

    [Fact]
    public Task Method_ResultReadTooEarly_Throws() => Loop.RunAsync(async () =>
    {
        var gate = new Gate();
        ValueTask<int> task = AddAsync(gate.WaitAsync(), 1);
        Assert.Throws<InvalidOperationException>(() => task.GetAwaiter().GetResult());
        gate.Open(1);
        Assert.Equal(2, await task);
    });

    [Fact]
    public Task Method_AwaitsForeignTask_ComesBackToTheLoop() => Loop.RunAsync(async () =>
    {
        Assert.True(await ForeignAsync());

        async static ValueTask<bool> Inner(EventLoop loop)
        {
            await Task.Run(() => { });
            return loop.IsCurrent;
        }

        [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
        static async ValueTask<bool> ForeignAsync()
        {
            EventLoop loop = EventLoop.Current!;
            return await Inner(loop) && loop.IsCurrent;
        }
    });

    [Fact]
    public async Task Method_AwaitedOffTheLoop_DoesNotContinueOnIt()
    {
        var gate = new Gate();
        ValueTask<int> task = default;
        await Loop.RunAsync(() =>
        {
            task = AddAsync(gate.WaitAsync(), 1);
            return Task.CompletedTask;
        });
        Task<bool> continuedOnLoop = Task.Run(async () =>
        {
            Loop.Post(static gate => ((Gate)gate!).Open(1), gate);
            await task;
            return EventLoop.Current is not null;
        });
        Assert.False(await continuedOnLoop.WaitAsync(LoopRunner.Limit));
    }

    [Fact]
    public async Task Method_AwaitedOnAnotherLoop_ContinuesThere()
    {
        var gate = new Gate();
        ValueTask<int> task = default;
        await Loop.RunAsync(() =>
        {
            task = AddAsync(gate.WaitAsync(), 1);
            return Task.CompletedTask;
        });
        EventLoop other = _transport.Loops[1];
        bool same = await other.RunAsync(async () =>
        {
            Loop.Post(static gate => ((Gate)gate!).Open(1), gate);
            await task;
            return other.IsCurrent;
        });
        Assert.True(same);
    }

    [Fact]
    public Task Methods_TenThousandSuspendedAtOnce_AllocateNothing() => Loop.RunAsync(() =>
    {
        const int Count = 10_000;
        var gates = new Gate[Count];
        var tasks = new ValueTask<int>[Count];
        for (int i = 0; i < Count; i++)
        {
            gates[i] = new Gate();
        }

        long Round()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Count; i++)
            {
                tasks[i] = AddAsync(gates[i].WaitAsync(), i);
            }

            long sum = 0;
            for (int i = 0; i < Count; i++)
            {
                gates[i].Open(1);
                sum += tasks[i].Result;
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(((long)Count * (Count - 1) / 2) + Count, sum);
            return allocated;
        }

        Assert.NotEqual(0, Round());
        Assert.InRange(Allocations.Least(Round), 0, Count * Allocations.StateMachine);
        return Task.CompletedTask;
    });

    [Fact]
    public Task DetachedTask_ManyRounds_AllocateNothing() => Loop.RunAsync(() =>
    {
        var gate = new Gate();
        long Round()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                _ = Detached(gate);
                gate.Open(0);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.InRange(Allocations.Least(Round), 0, 1000 * Allocations.StateMachine);
        return Task.CompletedTask;

        static async DetachedTask Detached(Gate gate) => await gate.WaitAsync();
    });

    [Fact]
    public async Task DetachedTask_Fails_TellsTheLoop()
    {
        var told = new TaskCompletionSource<Exception>();
        Loop.UnhandledException = told.SetResult;
        Loop.Post(static state => _ = Detached(), null);
        Assert.IsType<InvalidDataException>(await told.Task.WaitAsync(LoopRunner.Limit));

        static async DetachedTask Detached()
        {
            await Task.Yield();
            throw new InvalidDataException();
        }
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<int> AddAsync(ValueTask<int> left, int right) => await left + right;

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    private static async ValueTask DoNothingAsync(ValueTask task) => await task;

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<int> FailAsync(ValueTask<int> first)
    {
        await first;
        throw new InvalidDataException();
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<int> CancelAsync(ValueTask<int> first)
    {
        await first;
        throw new OperationCanceledException();
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private static async ValueTask<int> Chain(ValueTask<int> inner) => await inner;

    private static async void Observe(ValueTask<int> task, Action<int> observer) => observer(await Chain(task));

    private static async Task<int> AsTask(ValueTask<int> task) => await task;

    /// <summary>A reusable value-task source that is completed by hand.</summary>
    private sealed class Gate : IValueTaskSource<int>
    {
        private LoopCompletion<int> _completion;

        public ValueTask<int> WaitAsync() => new(this, _completion.Version);

        public void Open(int value) => _completion.SetResult(value);

        public int GetResult(short token)
        {
            _completion.ValidateDone(token);
            int value = _completion.Take(out _);
            _completion.Reset();
            return value;
        }

        public ValueTaskSourceStatus GetStatus(short token) => _completion.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _completion.OnCompleted(continuation, state, token, flags);
    }
}
