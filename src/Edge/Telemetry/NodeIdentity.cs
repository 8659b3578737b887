namespace VoltageSoda.Edge.Telemetry;

/// <summary>Who this process is, for labels and for the admin root.</summary>
/// <param name="NodeId">UUID text, new at each start unless configured.</param>
/// <param name="Version">Version shown in the Kong-shaped answers.</param>
/// <param name="Hostname">Host name of the machine or pod.</param>
/// <param name="ProcessId">Process id.</param>
public sealed record NodeIdentity(string NodeId, string Version, string Hostname, int ProcessId);
