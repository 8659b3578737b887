using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Async;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>Connection handlers that tests share.</summary>
internal static class Handlers
{
    public static async Task EchoAsync(ConnectionContext connection) => await EchoOnLoopAsync(connection);

    /// <summary>Echoes out of the receive buffers, without a copy.</summary>
    [AsyncMethodBuilder(typeof(LoopValueTaskMethodBuilder))]
    public static async ValueTask EchoOnLoopAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        PipeWriter output = connection.Transport.Output;
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            ReadOnlySequence<byte> bytes = read.Buffer;
            if (!bytes.IsEmpty)
            {
                FlushResult flush = await ((IGatheringOutput)output).WriteAsync(bytes);
                if (flush.IsCompleted)
                {
                    return;
                }
            }

            input.AdvanceTo(bytes.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Echoes through the writer's own memory, in pieces.</summary>
    public static async Task EchoByCopyAsync(ConnectionContext connection, int pieceSize)
    {
        PipeReader input = connection.Transport.Input;
        PipeWriter output = connection.Transport.Output;
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            ReadOnlySequence<byte> rest = read.Buffer;
            while (!rest.IsEmpty)
            {
                ReadOnlySequence<byte> piece = rest.Slice(0, Math.Min(pieceSize, rest.Length));
                piece.CopyTo(output.GetSpan((int)piece.Length));
                output.Advance((int)piece.Length);
                rest = rest.Slice(piece.Length);
            }

            await output.FlushAsync();
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }
}
