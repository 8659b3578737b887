using System.Security.Cryptography;
using System.Text;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Snapshot;

/// <summary>Plugin entries for tests of their scopes: what they are configured on is a letter each.</summary>
internal static class PluginInstances
{
    public static KongPlugin Of(
        string name, string? route = null, string? service = null, string? consumer = null, bool enabled = true, params string[] protocols) => new()
        {
            Id = IdOf($"{name}|{route}|{service}|{consumer}|{string.Join(',', protocols)}"),
            Span = SourceSpan.None,
            Name = name,
            InstanceName = $"{name}:{route}{service}{consumer}",
            Route = Reference(route),
            Service = Reference(service),
            Consumer = Reference(consumer),
            Enabled = enabled,
            Protocols = protocols.Length == 0 ? ["grpc", "grpcs", "http", "https"] : protocols,
            Config = new UnbuiltPluginConfig(),
        };

    public static Guid IdOf(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    public static Guid? IdOrNull(string? name) => name is null ? null : IdOf(name);

    private static EntityRef? Reference(string? name) => name is null ? null : new EntityRef(IdOf(name), name, SourceSpan.None);
}
