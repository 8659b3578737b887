using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads Gateways and refuses what Istio refuses (<c>pkg/config/validation/validation.go</c>, validateServer).</summary>
internal static class GatewayReader
{
    private static readonly (string Name, GatewayProtocol Protocol)[] Protocols =
    [
        ("HTTP", GatewayProtocol.Http),
        ("HTTP_PROXY", GatewayProtocol.Http),
        ("HTTP2", GatewayProtocol.Http2),
        ("GRPC", GatewayProtocol.Grpc),
        ("GRPC-WEB", GatewayProtocol.GrpcWeb),
        ("HTTPS", GatewayProtocol.Https),
        ("TLS", GatewayProtocol.Tls),
        ("TCP", GatewayProtocol.Tcp),
        ("MONGO", GatewayProtocol.Tcp),
        ("REDIS", GatewayProtocol.Tcp),
        ("MYSQL", GatewayProtocol.Tcp),
    ];

    /// <summary>Reads one.</summary>
    public static Gateway Read(MeshMetadata metadata, MeshRecord spec)
    {
        List<GatewayServer> servers = [];
        IReadOnlyList<MeshRecord> records = spec.Records("servers");
        if (records.Count == 0)
        {
            spec.Report(FindingCodes.MeshRequired, "servers", "a gateway needs at least one server");
        }

        Dictionary<string, SourceSpan> names = new(StringComparer.Ordinal);
        foreach (MeshRecord record in records)
        {
            if (Server(record) is not { } server)
            {
                continue;
            }

            servers.Add(server);
            if (!names.TryAdd(server.PortName, server.PortSpan))
            {
                spec.Load.Add(FindingCodes.MeshContradiction, server.PortSpan, record.Path,
                    $"{record.Path}.port.name: '{server.PortName}' is the name of another server's port ({names[server.PortName].From(server.PortSpan)})");
            }
        }

        Gateway gateway = metadata.Fill(new Gateway
        {
            Name = "",
            Namespace = "",
            Span = default,
            Selector = MeshFields.Selector(spec, "selector"),
            Servers = servers,
        });
        spec.Done();
        return gateway;
    }

    private static GatewayServer? Server(MeshRecord record)
    {
        MeshRecord? port = record.Record("port");
        int? number = null;
        string? portName = null;
        GatewayProtocol? protocol = null;
        string? written = null;
        if (port is null)
        {
            record.Report(FindingCodes.MeshRequired, "port", "is required");
        }
        else
        {
            number = port.Port("number");
            if (!port.Has("number"))
            {
                port.ReportHere(FindingCodes.MeshRequired, "number is required");
            }

            portName = port.Required("name");
            written = port.Required("protocol");
            protocol = written is null ? null : Protocol(port, written);
            if (port.Has("targetPort"))
            {
                port.ReportKey(FindingCodes.MeshContradiction, "targetPort", "has no meaning for a gateway");
            }

            port.Done();
        }

        GatewayTls? tls = record.Record("tls") is { } tlsRecord ? GatewayTlsReader.Read(tlsRecord) : null;
        IReadOnlyList<GatewayHost> hosts = Hosts(record);
        string? bind = record.Text("bind");
        if (bind is not null && !MeshNames.IsAddress(bind))
        {
            record.Report(FindingCodes.MeshBadValue, "bind", $"'{bind}' is no IP address", hint: bind.StartsWith("unix://", StringComparison.Ordinal) ? "Unix sockets are not served" : null);
        }

        string? name = record.Text("name");
        record.Accept("defaultEndpoint");
        record.Done();
        if (number is null || portName is null || protocol is not { } known)
        {
            return null;
        }

        bool http2Only = false;
        if (tls is null)
        {
            if (known is GatewayProtocol.Https or GatewayProtocol.Tls)
            {
                record.ReportHere(FindingCodes.MeshContradiction, $"a server of protocol {written} needs tls");
            }
        }
        else if (known is GatewayProtocol.Tcp)
        {
            record.ReportKey(FindingCodes.MeshContradiction, "tls", "a TCP server cannot have tls", hint: "use protocol TLS");
        }
        else if (known is not (GatewayProtocol.Https or GatewayProtocol.Tls) && !IsRedirectOnly(tls))
        {
            (known, http2Only) = Encrypted(record, port!, written!, known);
        }

        if (tls is { HttpsRedirect: true } && known is GatewayProtocol.Https or GatewayProtocol.Tls)
        {
            record.ReportKey(FindingCodes.HttpsRedirectInert, "tls", "httpsRedirect is for plain HTTP servers; here the scheme is https already", "without effect");
        }

        if (known == GatewayProtocol.Https && tls is not null)
        {
            Unserved(record, port!, tls, http2Only);
        }

        return new GatewayServer
        {
            Span = record.Span,
            Name = name,
            Port = number.Value,
            PortName = portName,
            Protocol = known,
            Http2Only = http2Only,
            PortSpan = port!.SpanOf("number"),
            Bind = bind,
            Hosts = hosts,
            Tls = tls,
        };
    }

    // Serving without the certificate that a server asks for could open what it closes.
    private static void Unserved(MeshRecord server, MeshRecord port, GatewayTls tls, bool http2Only)
    {
        const string Action = "every handshake of this server fails";
        if (tls.Mode is GatewayTlsMode.Mutual or GatewayTlsMode.IstioMutual or GatewayTlsMode.OptionalMutual)
        {
            server.Record("tls")!.Report(FindingCodes.ClientCertificates, "mode", "clients' certificates are not verified yet", Action);
        }
        else if (http2Only)
        {
            port.Report(FindingCodes.Http2OnlyServer, "protocol", "HTTP/2 is not served yet, and with this protocol nothing else may be", Action);
        }
    }

    private static bool IsRedirectOnly(GatewayTls tls) =>
        tls is { Mode: GatewayTlsMode.Passthrough, CredentialName: null, ServerCertificate: null, PrivateKey: null, CaCertificates: null };

    // TLS on a plaintext protocol: it was meant to be encrypted, so it never becomes plaintext.
    private static (GatewayProtocol Protocol, bool Http2Only) Encrypted(MeshRecord record, MeshRecord port, string written, GatewayProtocol known)
    {
        bool http2 = known is GatewayProtocol.Grpc or GatewayProtocol.Http2;
        record.Load.Add(FindingCodes.TlsOnPlaintextProtocol, port.SpanOf("protocol"), port.PathOf("protocol"),
            $"{port.PathOf("protocol")}: {written} is a plaintext protocol and the server has tls; Istio refuses the whole gateway, its other servers too",
            http2 ? "read as HTTPS with HTTP/2 only, tls as written" : "read as HTTPS, tls as written",
            "write HTTPS");
        return (GatewayProtocol.Https, http2);
    }

    private static GatewayProtocol? Protocol(MeshRecord port, string written)
    {
        foreach ((string name, GatewayProtocol protocol) in Protocols)
        {
            if (name.Equals(written, StringComparison.OrdinalIgnoreCase))
            {
                return protocol;
            }
        }

        string? nearest = NearestName.Find(written, Protocols.Select(static entry => entry.Name));
        port.Report(FindingCodes.MeshNotAllowed, "protocol", $"'{written}' is none of {string.Join(", ", Protocols.Select(static entry => entry.Name))}",
            hint: nearest is null ? null : $"did you mean '{nearest}'?");
        return null;
    }

    private static List<GatewayHost> Hosts(MeshRecord record)
    {
        List<GatewayHost> hosts = [];
        IReadOnlyList<LocatedName> texts = record.Texts("hosts");
        if (texts.Count == 0)
        {
            record.Report(FindingCodes.MeshRequired, "hosts", "a server needs at least one host");
        }

        foreach (LocatedName text in texts)
        {
            int slash = text.Name.IndexOf('/', StringComparison.Ordinal);
            string? @namespace = slash < 0 ? null : text.Name[..slash];
            string host = text.Name[(slash + 1)..];
            string? reason = MeshNames.WhyNoHost(host, wildcard: true);
            if (reason is null && @namespace is not (null or "." or "*") && !MeshNames.IsLabel(@namespace))
            {
                reason = $"'{@namespace}' is no namespace";
            }

            if (reason is not null && !MeshNames.IsAddress(host))
            {
                record.Load.Add(FindingCodes.MeshHost, text.Span, record.PathOf("hosts"), $"{record.PathOf("hosts")}: '{text.Name}': {reason}",
                    hint: "write host, namespace/host, ./host or */host");
                continue;
            }

            hosts.Add(new GatewayHost(@namespace switch { "." => record.Namespace, "*" => null, _ => @namespace }, host.ToLowerInvariant(), text.Span));
        }

        return hosts;
    }
}
