namespace VoltageSoda.Edge.Stores;

/// <summary>
/// What runs inside Redis. Each script decides everything in one turn of the server, and sets a key's expiry with its first
/// increment: no crash can leave a counter that lives for ever.
/// </summary>
internal static class QuotaScripts
{
    /// <summary>
    /// Takes up to ARGV[1] tokens from every window, or none: as many as the tightest has left. Then the limits, then the seconds the keys live.
    /// Answers the number taken and the count of each window before.
    /// </summary>
    public const string Take = """
        local n = #KEYS
        local granted = tonumber(ARGV[1])
        local answer = {}
        for i = 1, n do
          local used = tonumber(redis.call('GET', KEYS[i]) or '0')
          answer[i + 1] = used
          granted = math.min(granted, math.max(0, tonumber(ARGV[1 + i]) - used))
        end
        answer[1] = granted
        if granted > 0 then
          for i = 1, n do
            if redis.call('INCRBY', KEYS[i], granted) == granted then
              redis.call('EXPIRE', KEYS[i], ARGV[1 + n + i])
            end
          end
        end
        return answer
        """;

    /// <summary>Kong's counting: every window is incremented whatever it holds. Arguments and answer as of <see cref="Take"/>.</summary>
    public const string Count = """
        local n = #KEYS
        local answer = { 1 }
        for i = 1, n do
          local used = redis.call('INCR', KEYS[i]) - 1
          if used == 0 then
            redis.call('EXPIRE', KEYS[i], ARGV[1 + n + i])
          end
          answer[i + 1] = used
        end
        return answer
        """;

    /// <summary>Adds ARGV[1] to every window; then the seconds the keys live. Answers nothing.</summary>
    public const string Add = """
        local n = #KEYS
        for i = 1, n do
          if redis.call('INCRBY', KEYS[i], ARGV[1]) == tonumber(ARGV[1]) then
            redis.call('EXPIRE', KEYS[i], ARGV[1 + i])
          end
        end
        return { 0 }
        """;

    /// <summary>
    /// The generic cell rate algorithm by the server's clock, in microseconds: ARGV is the nanoseconds one token takes and the tokens of a full
    /// bucket. Answers whether a token was taken, tokens left, time until there is one, time until the bucket is full. All roundings grant less.
    /// </summary>
    public const string Bucket = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local interval = tonumber(ARGV[1]) / 1000
        local capacity = interval * tonumber(ARGV[2])
        local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
        local missing = math.min(full - now, capacity)
        if missing > capacity - interval then
          return { 0, 0, math.ceil(missing - (capacity - interval)), math.ceil(missing) }
        end
        missing = missing + interval
        redis.call('SET', KEYS[1], string.format('%.0f', math.ceil(now + missing)), 'PX', math.ceil(missing / 1000) + 1)
        return { 1, math.floor((capacity - missing) / interval), 0, math.ceil(missing) }
        """;
}
