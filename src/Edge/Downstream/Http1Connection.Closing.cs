using System.IO.Pipelines;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Downstream;

// The end of a connection.
internal sealed partial class Http1Connection
{
    private bool _closing;

    // Half-closes, then reads what the client still sends for a while: closing with unread bytes would reset the connection and take
    // the answer with it.
    private async Task CloseAsync(bool linger)
    {
        try
        {
            // A transport of ours sends and closes when it is disposed; a FIN of its own would only cost a system call.
            if (linger || _life is null)
            {
                // The timer also ends the wait for a client that takes nothing of what is still unsent.
                ServingOptions options = _options;
                _closing = true;
                _timedOut = false;
                _worker.Loop.Timers.Schedule(this, _worker.Loop.NowMilliseconds + options.LingerTimeout);
                await _output.CompleteAsync();
                if (linger && !_reset)
                {
                    await LingerAsync(options.LingerBytes);
                }
            }
        }
        catch (IOException)
        {
            // The client is gone already.
        }
        finally
        {
            _worker.Loop.Timers.Remove(this);
            await _input.CompleteAsync();
            await _transport.DisposeAsync();
        }
    }

    private async Task LingerAsync(long left)
    {
        while (left > 0 && !_timedOut)
        {
            ReadResult read = await _input.ReadAsync();
            left -= read.Buffer.Length;
            _input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                break;
            }
        }
    }
}
