using System.Threading.Tasks.Sources;
using RESPite.Messages;
using StackExchange.Redis;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Stores;

/// <summary>
/// One question to Redis and the wait for its answer: a script over up to six keys, a deadline on the loop's wheel, and the way back to the loop
/// from the client's thread. Its buffers belong to the client until the last answer is there, so it returns to its pool only when both the
/// waiter and the client are done with it. Loop-thread only, but for the client's call.
/// </summary>
internal sealed class QuotaCheck : TimerEntry, IValueTaskSource<StoreAnswer>
{
    public const int MaxKeys = 6;

    // Per key on its own: tokens, limit, seconds.
    private const int ValuesPerKey = 3;

    private static readonly Action<object?> AnsweredOnLoop = static check => ((QuotaCheck)check!).OnAnswered();

    private readonly QuotaChecks _home;
    private readonly Action _answered;
    private readonly byte[][] _keyBytes = new byte[MaxKeys][];
    private readonly RedisKey[] _keys = new RedisKey[MaxKeys];
    private readonly RedisValue[] _values = new RedisValue[MaxKeys * ValuesPerKey];
    private readonly Task<RespResult>?[] _commands = new Task<RespResult>?[MaxKeys];
    private LoopCompletion<StoreAnswer> _completion;
    private RedisLink _link = null!;
    private int _ticket;
    private int _keyCount;
    private int _valueCount;
    private int _pending;
    private bool _inFlight;
    private bool _isDone;
    private bool _isTaken;

    public QuotaCheck(QuotaChecks home)
    {
        _home = home;
        _answered = Answered;
        for (int i = 0; i < MaxKeys; i++)
        {
            _keyBytes[i] = [];
        }
    }

    /// <summary>Keys given so far.</summary>
    public int Keys => _keyCount;

    /// <summary>Adds a key. Keys of one deployment have one length as a rule, so that their memory is used again.</summary>
    public void AddKey(ReadOnlySpan<byte> key)
    {
        ref byte[] bytes = ref _keyBytes[_keyCount];
        if (bytes.Length != key.Length)
        {
            bytes = new byte[key.Length];
        }

        key.CopyTo(bytes);
        _keys[_keyCount++] = bytes;
    }

    /// <summary>Adds an argument.</summary>
    public void AddValue(long value) => _values[_valueCount++] = value;

    /// <summary>
    /// Sends the script with all keys and arguments at once, or with one key and its three arguments at a time. The answer comes within
    /// <paramref name="budget"/> milliseconds; one that is not needed after all is given back by <see cref="Abandon"/>.
    /// </summary>
    public ValueTask<StoreAnswer> SendAsync(RedisLink link, int ticket, string script, bool perKey, int budget)
    {
        _link = link;
        _ticket = ticket;
        _isDone = false;
        _isTaken = false;
        _inFlight = true;
        int commands = perKey ? _keyCount : 1;

        // One more than there are commands, so that the last answer is not taken before the last command is sent.
        _pending = commands + 1;
        ValueTask<StoreAnswer> answer = new(this, _completion.Version);
        _home.Loop.Timers.Schedule(this, _home.Loop.NowMilliseconds + budget);
        for (int i = 0; i < commands; i++)
        {
            Task<RespResult> command = perKey
                ? link.Evaluate(script, _keys.AsMemory(i, 1), _values.AsMemory(i * ValuesPerKey, ValuesPerKey))
                : link.Evaluate(script, _keys.AsMemory(0, _keyCount), _values.AsMemory(0, _valueCount));
            _commands[i] = command;
            command.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_answered);
        }

        if (Interlocked.Decrement(ref _pending) == 0)
        {
            _home.Loop.Post(AnsweredOnLoop, this);
        }

        return answer;
    }

    /// <summary>Gives back a check that was not sent.</summary>
    public void Abandon()
    {
        _keyCount = 0;
        _valueCount = 0;
        _home.Return(this);
    }

    StoreAnswer IValueTaskSource<StoreAnswer>.GetResult(short token)
    {
        _completion.ValidateDone(token);
        StoreAnswer answer = _completion.Take(out _);
        _isTaken = true;
        Recycle();
        return answer;
    }

    ValueTaskSourceStatus IValueTaskSource<StoreAnswer>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<StoreAnswer>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags, _home.Loop);

    protected internal override void OnExpired(long nowMs)
    {
        if (!_isDone)
        {
            _link.TimedOut(nowMs, _ticket);
            Complete(new StoreAnswer { Result = LimiterResult.Timeout });
        }
    }

    // The client's thread.
    private void Answered()
    {
        _link.Left();
        if (Interlocked.Decrement(ref _pending) == 0)
        {
            _home.Loop.Post(AnsweredOnLoop, this);
        }
    }

    private void OnAnswered()
    {
        _inFlight = false;
        StoreAnswer answer = default;
        Exception? failure = null;
        int values = 0;
        for (int i = 0; i < MaxKeys && _commands[i] is { } command; i++)
        {
            _commands[i] = null;
            if (command.IsCompletedSuccessfully)
            {
                using RespResult result = command.Result;
                failure ??= Read(result, ref answer, ref values, first: i == 0);
            }
            else
            {
                failure = command.Exception?.InnerException ?? new OperationCanceledException();
            }
        }

        if (_isDone)
        {
            Recycle();
            return;
        }

        _home.Loop.Timers.Cancel(this);
        if (failure is null)
        {
            _link.Succeeded(_ticket);
        }
        else
        {
            _link.Failed(_home.Loop.NowMilliseconds, _ticket, failure);
            answer.Result = LimiterResult.Failed;
        }

        Complete(answer);
    }

    // Null when it was read. A check is concluded whatever the answer is.
    private static Exception? Read(RespResult result, ref StoreAnswer answer, ref int values, bool first)
    {
        try
        {
            return TryRead(result, ref answer, ref values, first) ? null : new InvalidDataException("the script answered something else than numbers");
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    // Several answers are one: the tokens of the first, the counts of all.
    private static bool TryRead(RespResult result, ref StoreAnswer answer, ref int values, bool first)
    {
        RespReader reader = result.Read();
        if (!reader.IsAggregate)
        {
            return false;
        }

        int length = reader.AggregateLength();
        for (int i = 0; i < length; i++)
        {
            if (!reader.TryMoveNext() || !reader.TryReadInt64(out long value) || values >= 7)
            {
                return false;
            }

            if (i != 0 || first)
            {
                answer.Values[values++] = value;
            }
        }

        return length > 0;
    }

    private void Complete(in StoreAnswer answer)
    {
        _isDone = true;
        _completion.SetResult(answer);
    }

    private void Recycle()
    {
        if (!_isTaken || _inFlight)
        {
            return;
        }

        _isTaken = false;
        _keyCount = 0;
        _valueCount = 0;
        _completion.Reset();
        _home.Return(this);
    }
}
