namespace VoltageSoda.Edge.Transport;

/// <summary>Chooses and creates the back end. Stateless.</summary>
public static class TransportProbe
{
    /// <summary>
    /// Turns <c>EDGE_TRANSPORT</c> (auto, epoll, sockets) into a kind that works here. False when the setting is unknown or asks for
    /// what this machine does not offer; <paramref name="reason"/> says why the choice was made or refused.
    /// </summary>
    public static bool TrySelect(string setting, out TransportKind kind, out string reason) => throw new NotImplementedException();

    /// <summary>Creates the transport and starts its loops.</summary>
    public static ITransport Create(TransportKind kind, TransportOptions options) => throw new NotImplementedException();
}
