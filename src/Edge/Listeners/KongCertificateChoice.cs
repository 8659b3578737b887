using Microsoft.AspNetCore.Connections;
using VoltageSoda.Edge.Exchanges;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Listeners;

/// <summary>A Kong listener's certificates: those configured for the name, else the listener's own.</summary>
internal sealed class KongCertificateChoice(ServerCertificateHolder certificate) : ICertificateChoice
{
    public bool AnswersPlainHttp => true;

    public ServerCertificate? Choose(EdgeWorker worker, ConnectionContext connection, string? serverName, out TlsOutcome outcome)
    {
        outcome = TlsOutcome.Ok;
        return worker.Snapshots.Current.Certificates.Find(serverName) ?? certificate.Current;
    }
}
