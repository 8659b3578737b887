using System.Net;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>The resolver configuration of the system: the parts of <c>resolv.conf</c> (5) that are honoured. Immutable.</summary>
public sealed partial record ResolvConf
{
    /// <summary>Servers in order of preference; 127.0.0.1 when the file names none, as resolv.conf (5) says.</summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [new IPEndPoint(IPAddress.Loopback, 53)];

    /// <summary>Suffixes tried for names with fewer dots than <see cref="Ndots"/>, without surrounding dots.</summary>
    public IReadOnlyList<string> Search { get; init; } = [];

    /// <summary>Dots from which a name is tried as it is before the search list. 0 to 15.</summary>
    public int Ndots { get; init; } = 1;

    /// <summary>Wait for one server, per attempt. 1 to 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Rounds over the servers. 1 to 5.</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>Spreads questions over the servers instead of preferring the first.</summary>
    public bool Rotate { get; init; }
}
