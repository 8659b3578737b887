using System.Buffers;
using System.Net;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Names of hosts, namespaces and gateways as Istio checks and expands them (<c>pkg/config/validation</c>). Pure.</summary>
internal static class MeshNames
{
    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private const int LongestLabel = 63;
    private const int LongestName = 255;

    /// <summary>A host without dots is a service of the namespace: <c>x</c> is <c>x.namespace.svc.cluster.local</c>.</summary>
    public static string Resolve(string host, string @namespace) =>
        host.Length == 0 || host == "*" || host.Contains('.', StringComparison.Ordinal) || host.Contains(':', StringComparison.Ordinal)
            ? host
            : $"{host}.{@namespace}.svc.cluster.local";

    /// <summary>
    /// A gateway as <c>namespace/name</c>: a name without a slash is one of the namespace, and the old form <c>name.namespace.svc…</c> is taken
    /// apart.
    /// </summary>
    public static string ResolveGateway(string name, string @namespace)
    {
        if (name == VirtualService.MeshGateway)
        {
            return name;
        }

        if (name.Contains('/', StringComparison.Ordinal))
        {
            return name.StartsWith("./", StringComparison.Ordinal) ? $"{@namespace}/{name[2..]}" : name;
        }

        string[] parts = name.Split('.');
        return parts.Length > 1 ? $"{parts[1]}/{parts[0]}" : $"{@namespace}/{name}";
    }

    /// <summary>True for one label of a name.</summary>
    public static bool IsLabel(ReadOnlySpan<char> label) =>
        label.Length is > 0 and <= LongestLabel
        && char.IsAsciiLetterOrDigit(label[0]) && char.IsAsciiLetterOrDigit(label[^1])
        && label.IndexOfAnyExcept(LabelCharacters) < 0;

    /// <summary>Why a host is none, or null: labels with dots, of which the left-most may be or begin with <c>*</c>.</summary>
    public static string? WhyNoHost(string host, bool wildcard)
    {
        if (host.Length is 0 or > LongestName)
        {
            return host.Length == 0 ? "a host must not be empty" : $"a host has at most {LongestName} characters";
        }

        string name = host.EndsWith('.') && host.Length > 1 ? host[..^1] : host;
        if (wildcard && name == "*")
        {
            return null;
        }

        bool first = true;
        foreach (string label in name.Split('.'))
        {
            bool fits = IsLabel(label) || (first && wildcard && (label == "*" || (label.StartsWith('*') && IsLabel(label.AsSpan(1).TrimStart('-')))));
            if (!fits)
            {
                return label.Contains('*', StringComparison.Ordinal) && !first ? "only the left-most label may be a wildcard"
                    : label.Contains('*', StringComparison.Ordinal) && !wildcard ? "a wildcard is not allowed here"
                    : $"'{label}' is no label of a host name";
            }

            first = false;
        }

        return null;
    }

    /// <summary>True for an IP address.</summary>
    public static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out IPAddress? address)
        && (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 || text.Count(static c => c == '.') == 3);

    /// <summary>True when the wildcard host <paramref name="pattern"/> covers the host or wildcard <paramref name="host"/> (<c>pkg/config/host/name.go</c>).</summary>
    public static bool Covers(string pattern, string host)
    {
        if (!pattern.StartsWith('*'))
        {
            return pattern == host;
        }

        ReadOnlySpan<char> suffix = pattern.AsSpan(1);
        return host.StartsWith('*')
            ? host.AsSpan(1).EndsWith(suffix, StringComparison.Ordinal)
            : host.Length > suffix.Length && host.AsSpan().EndsWith(suffix, StringComparison.Ordinal);
    }

    /// <summary>True when some name is meant by both.</summary>
    public static bool Overlap(string left, string right) => Covers(left, right) || Covers(right, left);
}
