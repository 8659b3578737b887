namespace VoltageSoda.Edge.Transport.Tls;

/// <summary>A certificate that is replaced while it is used: new handshakes take the new one, sessions keep theirs. Thread-safe.</summary>
internal sealed class ServerCertificateHolder(ServerCertificate initial)
{
    private ServerCertificate _current = initial;

    public ServerCertificate Current => Volatile.Read(ref _current);

    public void Publish(ServerCertificate next) => Volatile.Write(ref _current, next);
}
