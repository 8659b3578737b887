namespace VoltageSoda.Edge.Model.Mesh;

/// <summary>A Kubernetes Secret with a certificate, a key, roots, or several of them. Immutable; the key never reaches a log or dump.</summary>
public sealed record TlsSecret : MeshObject
{
    /// <summary>PEM of <c>tls.crt</c> or <c>cert</c>; null when absent.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM of <c>tls.key</c> or <c>key</c>; null when absent.</summary>
    public Secret? Key { get; init; }

    /// <summary>PEM of <c>ca.crt</c> or <c>cacert</c>; null when absent.</summary>
    public string? CaCertificates { get; init; }

    /// <summary>PEM of <c>ca.crl</c> or <c>crl</c>; null when absent.</summary>
    public string? Crl { get; init; }
}
