using System.Net;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Admin;

/// <summary>One TLS address of the status, admin or manager endpoints. Immutable.</summary>
/// <param name="Address">IP or Unix socket.</param>
/// <param name="Surface">What it serves.</param>
/// <param name="Certificate">What it shows.</param>
internal sealed record AdminListen(EndPoint Address, AdminSurface Surface, ServerCertificateHolder Certificate);
