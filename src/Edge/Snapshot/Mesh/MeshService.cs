using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>A host that the documents describe, with what each of them gives as endpoints. Immutable once the registry is built.</summary>
/// <param name="Host">Full name in lower case; may be a wildcard.</param>
/// <param name="Namespace">Namespace of the first document that describes it; null for one of Kong's upstreams.</param>
internal sealed record MeshService(string Host, string? Namespace)
{
    private readonly List<IEndpointSource> _sources = [];
    private readonly List<ServicePort> _ports = [];
    private readonly List<string> _names = [];

    /// <summary>Ports that a destination may name, the first of a number; empty where any will do.</summary>
    public IReadOnlyList<ServicePort> Ports => _ports;

    /// <summary>Names of which the certificate of an endpoint must have one, where its TLS is verified and says nothing itself; empty for none.</summary>
    public IReadOnlyList<string> SubjectAltNames => _names;

    /// <summary>The kinds of the documents, for explain.</summary>
    public string Source => string.Join(", ", _sources.Select(static source => source.Kind).Distinct());

    public void Add(IEndpointSource source, IEnumerable<ServicePort> ports, IEnumerable<string>? subjectAltNames = null)
    {
        _sources.Add(source);
        _names.AddRange(subjectAltNames ?? []);
        _ports.AddRange(ports.Where(port => _ports.TrueForAll(known => known.Number != port.Number)));
    }

    /// <summary>Whether a destination may name the port.</summary>
    public bool HasPort(int port) => _ports.Count == 0 || _ports.Exists(known => known.Number == port);

    /// <summary>Its endpoints for a port, in the order of the documents.</summary>
    /// <param name="host">The name asked for, which a wildcard covers.</param>
    /// <param name="port">A port it has.</param>
    public IReadOnlyList<MeshMember> Members(string host, int port) => [.. _sources.SelectMany(source => source.Members(host, port))];
}

/// <summary>What one document gives as endpoints of a service.</summary>
internal interface IEndpointSource
{
    /// <summary>Kind of the document.</summary>
    string Kind { get; }

    /// <summary>Endpoints for a port; none when the document gives none for it.</summary>
    IEnumerable<MeshMember> Members(string host, int port);
}
