using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Bench.Policies;

/// <summary>One decision about one of the known clients. A struct, so that the loop around it calls it directly.</summary>
internal interface IDecision
{
    /// <summary>Whether this request of the client is admitted.</summary>
    /// <param name="client">Index of the client.</param>
    /// <param name="round">Number of the round, the same for all threads: time stands still within one.</param>
    bool Admits(int client, int round);
}

/// <summary>
/// Threads that decide at the same time, the caller's among them. They live from construction to disposal and meet at a barrier before and after
/// a round: what remains of starting a round, some microseconds, is spread over <see cref="DecisionsPerRound"/>.
/// </summary>
internal sealed class DecidingThreads : IDisposable
{
    /// <summary>Decisions of each thread in one round: some milliseconds.</summary>
    public const int DecisionsPerRound = 200_000;

    // Decided by one call of a method, so that it is called often enough to be compiled for good.
    private const int Batch = 1_000;

    private readonly Barrier _barrier;
    private readonly Thread[] _others;
    private readonly int _clients;
    private Func<int, int, int>? _decide;
    private int _round;
    private int _refused;

    /// <param name="threads">How many decide, the caller's included.</param>
    /// <param name="clients">The clients they go through, each thread from a place of its own.</param>
    public DecidingThreads(int threads, int clients)
    {
        _clients = clients;
        _barrier = new Barrier(threads);
        _others = [.. Enumerable.Range(1, threads - 1).Select(i => new Thread(() => Attend(clients / threads * i)) { IsBackground = true })];
        Array.ForEach(_others, static thread => thread.Start());
    }

    /// <summary>The rounds of a kind of decision; kept by the caller, so that a round itself creates nothing.</summary>
    public Func<int, int, int> Rounds<T>(T decision)
        where T : struct, IDecision => (client, round) => Refused(decision, client, round);

    /// <summary>One round on every thread. Throws when a decision was a refusal: a limit that is reached costs something else.</summary>
    public void Run(Func<int, int, int> rounds)
    {
        _decide = rounds;
        _barrier.SignalAndWait();
        int refused = rounds(0, _round);
        _barrier.SignalAndWait();
        _round++;
        if (refused + Interlocked.Exchange(ref _refused, 0) != 0)
        {
            throw new InvalidOperationException("a limit was reached");
        }
    }

    public void Dispose()
    {
        _decide = null;
        _barrier.SignalAndWait();
        Array.ForEach(_others, static thread => thread.Join());
        _barrier.Dispose();
    }

    private void Attend(int first)
    {
        while (true)
        {
            _barrier.SignalAndWait();
            if (_decide is not { } decide)
            {
                return;
            }

            Interlocked.Add(ref _refused, decide(first, _round));
            _barrier.SignalAndWait();
        }
    }

    private int Refused<T>(T decision, int client, int round)
        where T : struct, IDecision
    {
        int refused = 0;
        for (int i = 0; i < DecisionsPerRound / Batch; i++)
        {
            client = DecideBatch(decision, client, round, ref refused);
        }

        return refused;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int DecideBatch<T>(T decision, int client, int round, ref int refused)
        where T : struct, IDecision
    {
        for (int i = 0; i < Batch; i++)
        {
            refused += decision.Admits(client, round) ? 0 : 1;
            client = client + 1 == _clients ? 0 : client + 1;
        }

        return client;
    }
}
