using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.ProxyProtocol;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Listeners;

/// <summary>What became of the PROXY header of a connection.</summary>
/// <param name="IsAccepted">False: close without an answer.</param>
/// <param name="Source">The client's address; null keeps that of the socket.</param>
internal readonly record struct ProxyHeaderOutcome(bool IsAccepted, IPAddress? Source);

/// <summary>
/// Reads the PROXY header that a listener demands: from trusted sources only, within the deadline, and nothing but the header is consumed.
/// </summary>
internal sealed class ProxyHeaderGate : TimerEntry
{
    private readonly PipeReader _input;

    private ProxyHeaderGate(PipeReader input) => _input = input;

    public static async Task<ProxyHeaderOutcome> ReadAsync(
        EdgeWorker worker, ListenerPlan listener, ConnectionContext connection, ClientAddress peer)
    {
        if (!listener.ProxySources.Contains(in peer))
        {
            return default;
        }

        PipeReader input = connection.Transport.Input;
        ProxyHeaderGate deadline = new(input);
        worker.Loop.Timers.Schedule(deadline, worker.Loop.NowMilliseconds + worker.Options.ProxyHeaderTimeout);
        try
        {
            while (true)
            {
                ReadResult read = await input.ReadAsync();
                ParseResult result = ProxyHeaderReader.Read(read.Buffer, out ProxyHeader header, out SequencePosition consumed);
                if (result == ParseResult.Complete)
                {
                    input.AdvanceTo(consumed);
                    return new ProxyHeaderOutcome(true, header.Kind == ProxyHeaderKind.Local ? null : header.Source.ToIPAddress());
                }

                if (result == ParseResult.Refused || read.IsCompleted || read.IsCanceled)
                {
                    input.AdvanceTo(read.Buffer.End);
                    worker.Metrics.ProtocolError(ProtocolSide.Downstream, ProtocolName.Proxy, (int)WireError.ProxyHeader);
                    return default;
                }

                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (IOException)
        {
            return default;
        }
        finally
        {
            worker.Loop.Timers.Remove(deadline);
        }
    }

    protected internal override void OnExpired(long nowMs) => _input.CancelPendingRead();
}
