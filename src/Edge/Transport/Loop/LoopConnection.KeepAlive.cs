namespace VoltageSoda.Edge.Transport.Loop;

internal sealed partial class LoopConnection : IProbedConnection
{
    public void KeepAlive(TcpKeepAlive settings)
    {
        _ = Libc.SetSocketOption(Descriptor, Libc.SolSocket, Libc.SoKeepAlive, 1);
        Set(Libc.TcpKeepIdle, settings.Time);
        Set(Libc.TcpKeepInterval, settings.Interval);
        Set(Libc.TcpKeepCount, settings.Probes);
    }

    private void Set(int option, int value)
    {
        if (value > 0)
        {
            _ = Libc.SetSocketOption(Descriptor, Libc.ProtocolTcp, option, value);
        }
    }
}
