using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Bench.Edge;

/// <summary>Real loops whose upstream connections are pipes in memory, each ending at an origin that gives one fixed answer. Listens nowhere.</summary>
internal sealed class MemoryTransport(ITransport inner, byte[] answer) : ITransport
{
    // Everything resumes where it was completed, as on a loop.
    private static readonly PipeOptions Inline = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);

    public string Name => "memory";

    public IReadOnlyList<EventLoop> Loops => inner.Loops;

    public IConnectionListenerFactory CreateListenerFactory(EventLoop loop, ListenerSocketOptions options) => throw new NotSupportedException();

    public ValueTask<ConnectResult> ConnectAsync(EventLoop loop, EndPoint endPoint, int timeoutMs, CancellationToken cancellationToken = default)
    {
        (ConnectionContext near, IDuplexPipe far) = Pair();
        _ = AnswerAsync(far);
        return new ValueTask<ConnectResult>(new ConnectResult(near));
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>Two ends of one connection.</summary>
    public static (ConnectionContext Near, IDuplexPipe Far) Pair()
    {
        Pipe there = new(Inline);
        Pipe back = new(Inline);
        DefaultConnectionContext near = new("memory", new End(back.Reader, there.Writer), new End(there.Reader, back.Writer));
        return (near, new End(there.Reader, back.Writer));
    }

    private async Task AnswerAsync(IDuplexPipe end)
    {
        while (true)
        {
            ReadResult read = await end.Input.ReadAsync();
            if (read.IsCompleted)
            {
                return;
            }

            SequenceReader<byte> reader = new(read.Buffer);
            bool whole = reader.TryReadTo(out ReadOnlySequence<byte> _, "\r\n\r\n"u8);
            end.Input.AdvanceTo(whole ? reader.Position : read.Buffer.Start, read.Buffer.End);
            if (whole)
            {
                await end.Output.WriteAsync(answer);
            }
        }
    }

    private sealed class End(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
