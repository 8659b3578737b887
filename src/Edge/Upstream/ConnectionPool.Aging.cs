namespace VoltageSoda.Edge.Upstream;

/// <content>How long connections stay: idle ones by their idle time, all by their age, and none that the upstream has closed.</content>
internal sealed partial class ConnectionPool
{
    // How soon a connection is missed that the upstream closed while it was idle.
    private const int SweepMilliseconds = 1000;

    /// <summary>Sweeps idle connections that the upstream closed, that are idle for too long or too old.</summary>
    protected internal override void OnExpired(long nowMs)
    {
        UpstreamConnection? kept = null;
        UpstreamConnection? last = null;
        UpstreamConnection? next = _idle;
        int count = 0;
        long due = long.MaxValue;
        while (next is { } connection)
        {
            next = connection.NextIdle;
            connection.NextIdle = null;
            bool isOld = HasExpired(connection, nowMs);
            if (isOld || !IsQuiet(connection))
            {
                Close(connection, theirs: !isOld);
                continue;
            }

            if (last is null)
            {
                kept = connection;
            }
            else
            {
                last.NextIdle = connection;
            }

            last = connection;
            due = Math.Min(due, DueOf(connection));
            count++;
        }

        _idle = kept;
        _idleCount = count;
        if (count != 0)
        {
            _loop.Timers.Schedule(this, NextSweep(nowMs, due));
        }
    }

    private bool TryTakeIdleCore(out UpstreamConnection connection)
    {
        long now = _loop.NowMilliseconds;
        while (_idle is { } candidate)
        {
            _idle = candidate.NextIdle;
            candidate.NextIdle = null;
            _idleCount--;
            bool isOld = HasExpired(candidate, now);
            if (!isOld && IsQuiet(candidate))
            {
                _endpoint.Metrics.ConnectionReused(_loop.Id);
                connection = candidate;
                return true;
            }

            Close(candidate, theirs: !isOld);
        }

        connection = null!;
        return false;
    }

    // Counts what it finds: the connection is closed by whoever asked.
    private bool HasExpired(UpstreamConnection connection, long now)
    {
        if (IsAged(connection, now))
        {
            _stats?.Count(ClusterCounter.AgeLimits, _loop.Id);
            return true;
        }

        if (now - connection.IdleSince < _settings.IdleMilliseconds)
        {
            return false;
        }

        _stats?.Count(ClusterCounter.IdleTimeouts, _loop.Id);
        return true;
    }

    private bool IsAged(UpstreamConnection connection, long now) =>
        _settings.MaxAgeMilliseconds != 0 && now - connection.CreatedAt >= _settings.MaxAgeMilliseconds;

    // When an idle connection has to go at the latest.
    private long DueOf(UpstreamConnection connection)
    {
        long idle = connection.IdleSince + _settings.IdleMilliseconds;
        return _settings.MaxAgeMilliseconds == 0 ? idle : Math.Min(idle, connection.CreatedAt + _settings.MaxAgeMilliseconds);
    }

    private static long NextSweep(long now, long due) => Math.Clamp(due, now + 1, now + SweepMilliseconds);

    private void CountClosed(UpstreamConnection connection, bool reusable, long now)
    {
        if (!reusable)
        {
            return;
        }

        if (_settings.MaxRequests != 0 && connection.Requests >= _settings.MaxRequests)
        {
            _stats?.Count(ClusterCounter.MaxRequests, _loop.Id);
        }
        else if (IsAged(connection, now))
        {
            _stats?.Count(ClusterCounter.AgeLimits, _loop.Id);
        }
    }
}
