using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Reads <c>connectionPool</c> (<c>pkg/config/validation/validation.go</c>, validateConnectionPool).</summary>
internal static class ConnectionPoolReader
{
    // Below this a connection costs more than the requests that it carries.
    private const int FewRequests = 5;

    /// <summary>Reads it; <paramref name="http"/> is its <c>http</c>, which may hold fields of outlier detection that were read before.</summary>
    public static ConnectionPoolSettings Read(MeshRecord record, MeshRecord? http)
    {
        MeshRecord? tcp = record.Record("tcp");
        if (tcp is null && http is null)
        {
            record.ReportHere(FindingCodes.MeshRequired, "needs tcp or http");
        }

        ConnectionPoolSettings settings = new()
        {
            Span = record.Span,
            MaxConnections = Limit(tcp, "maxConnections"),
            ConnectTimeout = tcp?.Duration("connectTimeout"),
            TcpKeepalive = tcp?.Record("tcpKeepalive") is { } keepalive ? Keepalive(keepalive) : null,
            MaxConnectionDuration = tcp?.Duration("maxConnectionDuration"),
            TcpIdleTimeout = tcp?.Duration("idleTimeout", zero: true),
            Http1MaxPendingRequests = Limit(http, "http1MaxPendingRequests"),
            Http2MaxRequests = Limit(http, "http2MaxRequests"),
            MaxRequestsPerConnection = Limit(http, "maxRequestsPerConnection"),
            MaxRetries = Limit(http, "maxRetries"),
            HttpIdleTimeout = http?.Duration("idleTimeout"),
            H2UpgradePolicy = http?.Choice<H2Upgrade>("h2UpgradePolicy",
                ("DEFAULT", H2Upgrade.Default), ("DO_NOT_UPGRADE", H2Upgrade.DoNotUpgrade), ("UPGRADE", H2Upgrade.Upgrade)) ?? H2Upgrade.Default,
            UseClientProtocol = http?.Boolean("useClientProtocol") ?? false,
            MaxConcurrentStreams = Limit(http, "maxConcurrentStreams"),
        };
        if (settings.MaxRequestsPerConnection is > 0 and < FewRequests)
        {
            http!.Report(FindingCodes.RequestsPerConnection, "maxRequestsPerConnection",
                $"a connection is closed after {settings.MaxRequestsPerConnection} requests: nearly every request pays for connecting", "honoured",
                "leave it out unless the upstream needs it");
        }

        if (settings is { H2UpgradePolicy: H2Upgrade.Upgrade, UseClientProtocol: true })
        {
            http!.ReportKey(FindingCodes.MeshContradiction, "useClientProtocol", "must not be true with h2UpgradePolicy UPGRADE");
        }
        else if (settings.H2UpgradePolicy == H2Upgrade.Upgrade)
        {
            http!.ReportKey(FindingCodes.ComesLater, "h2UpgradePolicy", "HTTP/2 to endpoints is not served yet", "HTTP/1.1 is used");
        }

        tcp?.Done();
        http?.Done();
        record.Done();
        return settings;
    }

    /// <summary>Reads <c>tcpKeepalive</c>.</summary>
    public static TcpKeepaliveSettings Keepalive(MeshRecord record)
    {
        TcpKeepaliveSettings keepalive = new(Limit(record, "probes"), record.Duration("time"), record.Duration("interval"));
        record.Done();
        return keepalive;
    }

    // Zero is "not set" in protobuf; it cannot mean none.
    private static int? Limit(MeshRecord? record, string field) => record?.Integer(field) is { } limit and > 0 ? limit : null;
}
