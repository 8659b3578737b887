using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Tls;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Listeners;

/// <summary>
/// Terminates TLS on accepted connections: looks at the ClientHello, chooses the certificate, does the handshake within the process's limit and
/// the deadline. One for all TLS listeners; thread-safe, each connection on its loop.
/// </summary>
/// <remarks>
/// The place in the <see cref="HandshakeGate"/> is taken only with a whole ClientHello in hand, so that clients who connect and say nothing keep
/// nobody waiting; they meet the deadline alone.
/// </remarks>
internal sealed class TlsMiddleware(ICertificateChoice certificates, HandshakeGate gate, int timeoutMilliseconds)
{
    /// <summary>
    /// The connection to serve with its session; null when there is none: the failure is counted, and the caller disposes the connection it gave.
    /// </summary>
    public async Task<(ConnectionContext Connection, TlsSession Session)?> NegotiateAsync(EdgeWorker worker, ConnectionContext connection)
    {
        TlsHandshake handshake = new(connection);
        long deadline = worker.Loop.NowMilliseconds + timeoutMilliseconds;
        worker.Handshakes.Add(handshake);
        worker.Loop.Timers.Schedule(handshake, deadline);
        try
        {
            (TlsOutcome outcome, ClientHello hello) = await ReadHelloAsync(handshake, connection);
            if (outcome != TlsOutcome.Ok)
            {
                await RefuseAsync(worker, connection, handshake, outcome);
                return null;
            }

            if (certificates.Choose(worker, connection, hello.ServerName, out outcome) is not { } shown)
            {
                await RefuseAsync(worker, connection, handshake, outcome);
                return null;
            }

            await WaitForTurnAsync(worker, handshake, deadline);
            try
            {
                return await HandshakeAsync(worker, connection, handshake, hello, shown);
            }
            finally
            {
                gate.Leave();
            }
        }
        finally
        {
            worker.Handshakes.Remove(handshake);
            worker.Loop.Timers.Remove(handshake);
        }
    }

    private static async ValueTask<(TlsOutcome Outcome, ClientHello Hello)> ReadHelloAsync(TlsHandshake handshake, ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        try
        {
            while (true)
            {
                ReadResult read = await input.ReadAsync();
                ReadOnlySequence<byte> buffer = read.Buffer;
                handshake.HasBegun |= !buffer.IsEmpty;
                ClientHelloResult result = ClientHelloReader.Read(in buffer, out ClientHello hello);
                if (result == ClientHelloResult.Complete && !handshake.IsGivenUp)
                {
                    input.AdvanceTo(buffer.Start);
                    return (TlsOutcome.Ok, hello);
                }

                if (result != ClientHelloResult.Incomplete || read.IsCanceled || read.IsCompleted)
                {
                    input.AdvanceTo(buffer.End);
                    return (handshake.IsGivenUp ? TlsOutcome.Timeout
                        : result == ClientHelloResult.PlainHttp ? TlsOutcome.PlainHttp
                        : result == ClientHelloResult.Incomplete ? TlsOutcome.Closed
                        : TlsOutcome.NotTls, default);
                }

                input.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        catch (IOException)
        {
            return (TlsOutcome.Closed, default);
        }
    }

    // Time in the queue is ours and not the client's: the deadline stands still meanwhile.
    private async ValueTask WaitForTurnAsync(EdgeWorker worker, TlsHandshake handshake, long deadline)
    {
        if (gate.TryEnter())
        {
            return;
        }

        worker.Metrics.LimitHit(LimitKind.TlsHandshakes);
        long left = deadline - worker.Loop.NowMilliseconds;
        worker.Loop.Timers.Cancel(handshake);
        await gate.EnterAsync();
        await worker.Loop.SwitchTo();
        worker.Loop.Timers.Schedule(handshake, worker.Loop.NowMilliseconds + Math.Max(left, 1));
    }

    private async Task<(ConnectionContext Connection, TlsSession Session)?> HandshakeAsync(
        EdgeWorker worker, ConnectionContext connection, TlsHandshake handshake, ClientHello hello, ServerCertificate shown)
    {
        TlsConnection tls = new(worker.Loop, connection);
        TlsOutcome outcome;
        try
        {
            SslServerAuthenticationOptions options = shown.Options(hello.OffersTls13, hello.AcceptsEcdsa);

            // Off the loop: with three clients that do nothing but handshakes on two cores, requests of others took 4 to 6 ms at the median and
            // up to 130 ms at the 99th percentile when it ran here, and 1 to 2 ms and up to 40 ms with it on the pool, at no fewer handshakes.
            await Task.Run(() => tls.Ssl.AuthenticateAsServerAsync(options, CancellationToken.None));
            await worker.Loop.SwitchTo();
            if (!handshake.IsGivenUp)
            {
                tls.Open();
                worker.Metrics.TlsHandshake(ProtocolSide.Downstream, TlsOutcome.Ok);
                return (tls, Session(tls.Ssl, hello));
            }

            outcome = TlsOutcome.Timeout;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException)
        {
            await worker.Loop.SwitchTo();
            outcome = TlsOutcomes.Of(exception);
        }

        tls.DisposeSsl();
        await RefuseAsync(worker, connection, handshake, outcome);
        return null;
    }

    private async ValueTask RefuseAsync(EdgeWorker worker, ConnectionContext connection, TlsHandshake handshake, TlsOutcome outcome)
    {
        outcome = handshake is { IsGivenUp: true, IsTimedOut: false } ? TlsOutcome.Drain : outcome;
        worker.Metrics.TlsHandshake(ProtocolSide.Downstream, outcome);
        PipeWriter output = connection.Transport.Output;
        if (outcome == TlsOutcome.PlainHttp && certificates.AnswersPlainHttp)
        {
            output.Write(PlainHttpAnswer.Bytes);
        }

        try
        {
            // An alert or the answer goes out before the end.
            await output.CompleteAsync();
        }
        catch (IOException)
        {
            // The client is gone already.
        }
    }

    private static TlsSession Session(SslStream ssl, in ClientHello hello) => new()
    {
        Version = ssl.SslProtocol == SslProtocols.Tls13 ? "TLSv1.3"u8.ToArray() : "TLSv1.2"u8.ToArray(),
        Cipher = Encoding.ASCII.GetBytes(TlsServerRules.NameOf(ssl.NegotiatedCipherSuite)),
        ServerName = hello.ServerName is { } name ? Encoding.ASCII.GetBytes(name) : default,
    };
}
