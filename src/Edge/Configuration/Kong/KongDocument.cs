using VoltageSoda.Edge.Configuration.Yaml;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>One Kong document.</summary>
/// <param name="File">Name of its file.</param>
/// <param name="Root">Its root.</param>
public sealed record KongDocument(string File, YamlMapping Root)
{
    private static readonly string[] Marks =
    [
        "_format_version", "_transform", "services", "routes", "consumers", "plugins", "upstreams", "targets", "certificates", "snis",
        "ca_certificates", "jwt_secrets", "keyauth_credentials", "basicauth_credentials", "acls",
    ];

    /// <summary>True when the root looks like a Kong document: it has a key of one and no <c>kind</c>.</summary>
    public static bool Looks(YamlMapping root) => root["kind"] is null && Marks.Any(mark => root[mark] is not null);
}
