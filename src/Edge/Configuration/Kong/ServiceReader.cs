using System.Buffers;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>Reads services (<c>kong/db/schema/entities/services.lua</c>).</summary>
internal static class ServiceReader
{
    private static readonly SearchValues<char> NotInPath = SearchValues.Create("\"<>\\^`{|}#?");
    private static readonly string[] Protocols = ["grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp"];

    /// <summary>Reads one; children are handed to <paramref name="nested"/>.</summary>
    public static KongService Read(KongLoad load, RawEntity raw, Action<string, RecordReader, EntityRef> nested)
    {
        RecordReader record = new(load, raw.Node, raw.Path, guards: true);
        string? name = EntityFields.Name(record, "services");
        Address address = ReadAddress(record);
        Guid id = EntityFields.Id(record, "services", name ?? $"{raw.Path}:{address.Protocol}://{address.Host}:{address.Port}{address.Path}");
        KongService service = new()
        {
            Id = id,
            Name = name,
            Protocol = address.Protocol,
            Host = address.Host,
            Port = address.Port,
            Path = address.Path,
            Retries = (int)(record.Integer("retries", 0, 32767) ?? 5),
            ConnectTimeout = Timeout(record, "connect_timeout"),
            WriteTimeout = Timeout(record, "write_timeout"),
            ReadTimeout = Timeout(record, "read_timeout"),
            Enabled = record.Boolean("enabled") ?? true,
            TlsVerify = record.Boolean("tls_verify"),
            TlsVerifyDepth = (int?)record.Integer("tls_verify_depth", 0, 64),
            CaCertificates = CaCertificates(record),
            ClientCertificate = EntityFields.Reference(record, "client_certificate") is { } certificate
                ? load.Index.Resolve("certificates", "client_certificate", certificate)
                : null,
            Tags = EntityFields.Tags(record),
            Span = record.Span,
            Fields = record.Spans(),
        };
        Check(record, service);
        EntityRef self = new(service.Id, service.Label, service.Span);
        nested("routes", record, self);
        nested("plugins", record, self);
        record.Done();
        load.Index.Register("services", service, name);
        return service;
    }

    private static TimeSpan Timeout(RecordReader record, string field) =>
        record.Milliseconds(field, 1, int.MaxValue - 1L) ?? TimeSpan.FromSeconds(60);

    private static List<Guid> CaCertificates(RecordReader record)
    {
        List<Guid> ids = [];
        foreach (LocatedText text in record.Texts("ca_certificates") ?? [])
        {
            if (record.Load.Index.Resolve("ca_certificates", "ca_certificates", text) is { } found)
            {
                ids.Add(found.Id);
            }
        }

        return ids;
    }

    private static Address ReadAddress(RecordReader record)
    {
        string protocol = record.Choice("protocol", "http", Protocols);
        int? port = (int?)record.Integer("port", 0, 65535);
        string? path = record.Text("path");
        string? host = record.Text("host");
        string field = "host";
        if (record.Located("url") is { } url)
        {
            field = "url";
            if (TrySplitUrl(url.Text, out Address parts, out string error))
            {
                (protocol, host, port, path) = (parts.Protocol, parts.Host, parts.Port, parts.Path);
            }
            else
            {
                record.Report(FindingCodes.BadValue, "url", error);
                host = "invalid";
            }
        }

        if (host is null)
        {
            if (!record.Has("host"))
            {
                record.Report(FindingCodes.RequiredMissing, "host", "required field missing", hint: "give host, or url");
            }

            host = "invalid";
        }
        else if (!EntityFields.TryHost(host, out string bare))
        {
            bool withPort = EntityFields.TryHostPort(host, out _, out int? inner) && inner is not null;
            record.Report(FindingCodes.BadValue, field, withPort ? "must not have a port" : $"invalid value: {host}");
        }
        else
        {
            host = bare;
        }

        CheckPath(record, field == "url" ? "url" : "path", path);
        return new Address(protocol, host, port ?? 80, path);
    }

    private static void CheckPath(RecordReader record, string field, string? path)
    {
        if (path is null)
        {
            return;
        }

        if (!path.StartsWith('/'))
        {
            record.Report(FindingCodes.BadValue, field, "should start with: /");
        }
        else if (path.Contains("//", StringComparison.Ordinal))
        {
            record.Report(FindingCodes.BadValue, field, "must not have empty segments");
        }
        else if (path.AsSpan().ContainsAnyExceptInRange('!', '~') || path.AsSpan().ContainsAny(NotInPath))
        {
            record.Report(FindingCodes.BadValue, field, $"invalid path: '{path}' (characters outside of the reserved list of RFC 3986 found)");
        }
        else if (KongPath.BadEscape(path) is { } bad)
        {
            record.Report(FindingCodes.BadValue, field, $"invalid url-encoded value: '{bad}'");
        }
    }

    private static void Check(RecordReader record, KongService service)
    {
        string field = record.Has("url") ? "url" : "protocol";
        if (service.Path is not null && service.Protocol is not ("http" or "https"))
        {
            record.Report(FindingCodes.EntityCheck, "path", $"value must be null (protocol is {service.Protocol})",
                kong: [record.Conditional("protocol"), record.ErrorAt("path", "value must be null")]);
        }

        if (service.Protocol is not ("http" or "https") && service.Enabled)
        {
            record.Report(FindingCodes.UnsupportedProtocol, field, $"protocol '{service.Protocol}' to upstreams is not supported yet",
                hint: "http and https are");
        }

        foreach (string tls in (ReadOnlySpan<string>)["tls_verify", "tls_verify_depth", "ca_certificates", "client_certificate"])
        {
            if (record.Has(tls) && service.Protocol is not ("https" or "tls"))
            {
                record.Report(FindingCodes.EntityCheck, tls, "value must be null", hint: "only with protocol https or tls",
                    kong: [record.Conditional("protocol"), record.ErrorAt(tls, "value must be null")]);
            }
        }

        if (!service.Enabled)
        {
            record.Report(FindingCodes.DisabledService, "enabled", "the service is disabled, so its routes do not exist");
        }
    }

    // socket.url's parse and Kong's shorthand: a missing port follows the scheme, a missing scheme follows the port.
    private static bool TrySplitUrl(string url, out Address address, out string error)
    {
        address = new Address("http", "invalid", 80, null);
        string rest = url;
        string? scheme = null;
        int colon = rest.IndexOf("://", StringComparison.Ordinal);
        if (colon >= 0)
        {
            scheme = rest[..colon].ToLowerInvariant();
            rest = rest[(colon + 3)..];
            if (!Protocols.Contains(scheme))
            {
                error = $"expected one of: {string.Join(", ", Protocols)}";
                return false;
            }
        }

        int query = rest.IndexOfAny(['?', '#']);
        rest = query < 0 ? rest : rest[..query];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string authority = slash < 0 ? rest : rest[..slash];
        string? path = slash < 0 ? null : rest[slash..];
        if (authority.Contains('@', StringComparison.Ordinal))
        {
            error = "user information in a url is not supported";
            return false;
        }

        if (authority.Length == 0)
        {
            error = "missing host in url";
            return false;
        }

        if (!EntityFields.TryHostPort(authority, out string host, out int? port))
        {
            error = $"invalid value: {authority}";
            return false;
        }

        scheme ??= port == 443 ? "https" : "http";
        address = new Address(scheme, host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host, port ?? (scheme == "https" ? 443 : 80), path);
        error = "";
        return true;
    }

    private sealed record Address(string Protocol, string Host, int Port, string? Path);
}
