using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Upstream.Tls;

/// <summary>The client's side of a handshake, within what is left of the connect timeout. Stateless; on the loop.</summary>
internal static class UpstreamHandshake
{
    /// <summary>The secured connection, or null with the cause; then the socket is closed.</summary>
    public static async Task<(TlsConnection? Connection, TlsOutcome Outcome)> RunAsync(
        EventLoop loop, ConnectionContext socket, UpstreamEndpoint endpoint, UpstreamTls settings, int timeoutMs)
    {
        UpstreamVerification judge = new(settings);
        TlsHandshake handshake = new(socket);
        TlsConnection tls = new(loop, socket);
        string reason = "not done in time";
        loop.Timers.Schedule(handshake, loop.NowMilliseconds + timeoutMs);
        TlsOutcome outcome = TlsOutcome.Timeout;
        try
        {
            // Off the loop: building a chain costs milliseconds, and the first one reads the roots of the system.
            await Task.Run(() => tls.Ssl.AuthenticateAsClientAsync(settings.Options(judge), CancellationToken.None));
            await loop.SwitchTo();
            if (!handshake.IsGivenUp)
            {
                tls.Open();
                return (tls, TlsOutcome.Ok);
            }
        }
        catch (Exception exception)
        {
            // Whatever it is, the socket must be closed before the permit goes back.
            await loop.SwitchTo();
            outcome = handshake.IsTimedOut ? TlsOutcome.Timeout : judge.Outcome != TlsOutcome.Ok ? judge.Outcome : TlsOutcomes.Of(exception);
            reason = judge.Reason.Length != 0 ? judge.Reason : handshake.IsTimedOut ? reason : TlsOutcomes.Text(exception);
        }
        finally
        {
            loop.Timers.Remove(handshake);
        }

        settings.Failed?.Invoke(endpoint, outcome, reason);
        await tls.DisposeAsync();
        return (null, outcome);
    }
}
