namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>Names of hosts in the mesh (<c>istio: pkg/config/host/name.go</c>). Stateless.</summary>
internal static class MeshHosts
{
    private const string Suffix = ".svc.cluster.local";

    /// <summary>A destination's host in lower case; a name without dot belongs to the namespace of the object that wrote it.</summary>
    public static string Qualify(string host, string ns)
    {
        string name = host.ToLowerInvariant();
        return name.Length == 0 || name.Contains('.', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal) || name == "*"
            ? name
            : $"{name}.{ns}{Suffix}";
    }

    /// <summary>The namespace a full name of the cluster carries; null for other names.</summary>
    public static string? NamespaceOf(string host)
    {
        if (!host.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        ReadOnlySpan<char> rest = host.AsSpan(0, host.Length - Suffix.Length);
        int dot = rest.IndexOf('.');
        return dot < 0 ? null : rest[(dot + 1)..].ToString();
    }

    /// <summary>The shorter names of a full name of the cluster, as other dialects use them: <c>x.ns.svc</c>, <c>x.ns</c>, <c>x</c>.</summary>
    public static IEnumerable<string> ShorterForms(string host)
    {
        if (NamespaceOf(host) is not { } ns)
        {
            yield break;
        }

        string name = host[..host.IndexOf('.', StringComparison.Ordinal)];
        yield return $"{name}.{ns}.svc";
        yield return $"{name}.{ns}";
        yield return name;
    }

    /// <summary>Whether a pattern (<c>*</c>, <c>*.suffix</c>) covers a name; a name covers itself.</summary>
    public static bool Covers(string pattern, string host) =>
        pattern.StartsWith('*')
            ? host.Length > pattern.Length - 1 && host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase)
            : pattern.Equals(host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a name could be looked up or be an address.</summary>
    public static bool CanExist(string host) =>
        host.Length is > 0 and <= 255
        && (System.Net.IPAddress.TryParse(host, out _) || Uri.CheckHostName(host.TrimEnd('.')) == UriHostNameType.Dns);
}
