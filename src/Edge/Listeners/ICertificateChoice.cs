using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Listeners;

/// <summary>Which certificate a connection is shown, by the rules of its listener's dialect. Thread-safe; called on the connection's loop.</summary>
internal interface ICertificateChoice
{
    /// <summary>Whether a request in plain HTTP gets an answer in plain HTTP.</summary>
    bool AnswersPlainHttp { get; }

    /// <summary>The certificate; null closes the connection, for the reason in <paramref name="outcome"/>.</summary>
    ServerCertificate? Choose(EdgeWorker worker, ConnectionContext connection, string? serverName, out TlsOutcome outcome);
}
