using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Relay;

/// <summary>
/// Two byte streams in opposite directions after an upgrade. Each end's half-close is passed on; when either side breaks, or nothing moves
/// for the idle timeout, both end. Loop-thread only; one use.
/// </summary>
internal sealed class TunnelRelay : TimerEntry
{
    private readonly EventLoop _loop;
    private readonly IDuplexPipe _client;
    private readonly IDuplexPipe _upstream;
    private readonly int _idleTimeout;

    public TunnelRelay(EventLoop loop, IDuplexPipe client, IDuplexPipe upstream, int idleTimeout)
    {
        _loop = loop;
        _client = client;
        _upstream = upstream;
        _idleTimeout = idleTimeout;
    }

    public long BytesToClient { get; private set; }

    public long BytesToUpstream { get; private set; }

    /// <summary>Whether the idle timeout ended it.</summary>
    public bool TimedOut { get; private set; }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public async ValueTask RunAsync()
    {
        Touch();
        ValueTask<long> down = CopyAsync(_upstream.Input, _client.Output);
        BytesToUpstream = await CopyAsync(_client.Input, _upstream.Output);
        BytesToClient = await down;
        _loop.Timers.Remove(this);
    }

    /// <summary>Ends both directions, for instance when the drain deadline passes.</summary>
    public void Stop()
    {
        _client.Input.CancelPendingRead();
        _client.Output.CancelPendingFlush();
        _upstream.Input.CancelPendingRead();
        _upstream.Output.CancelPendingFlush();
    }

    protected internal override void OnExpired(long nowMs)
    {
        TimedOut = true;
        Stop();
    }

    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder<>))]
    private async ValueTask<long> CopyAsync(PipeReader source, PipeWriter sink)
    {
        long moved = 0;
        try
        {
            while (true)
            {
                ReadResult read = await source.ReadAsync();
                ReadOnlySequence<byte> buffer = read.Buffer;
                bool broken = read.IsCanceled;
                foreach (ReadOnlyMemory<byte> segment in buffer)
                {
                    FlushResult flushed = await sink.WriteAsync(segment);
                    moved += segment.Length;
                    if (flushed.IsCompleted || flushed.IsCanceled)
                    {
                        broken = true;
                        break;
                    }
                }

                Touch();
                source.AdvanceTo(buffer.End);
                if (broken)
                {
                    Stop();
                    return moved;
                }

                if (read.IsCompleted)
                {
                    await sink.CompleteAsync();
                    return moved;
                }
            }
        }
        catch (IOException)
        {
            Stop();
            return moved;
        }
    }

    private void Touch() => _loop.Timers.Schedule(this, _loop.NowMilliseconds + _idleTimeout);
}
