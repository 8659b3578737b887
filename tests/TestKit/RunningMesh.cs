using System.Net;

namespace VoltageSoda.Edge.TestKit;

/// <summary>
/// An edge that serves Gateways from Istio documents in a folder of its own, every Gateway port on a free one. Dispose it last: disposal asserts
/// that nothing leaked.
/// </summary>
public sealed class RunningMesh : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly (string Name, string Value)[] _settings;

    private RunningMesh(DirectoryInfo folder, (string Name, string Value)[] settings, RunningEdge edge)
    {
        _folder = folder;
        _settings = settings;
        Edge = edge;
    }

    /// <summary>The edge.</summary>
    public RunningEdge Edge { get; }

    /// <summary>Where the log of Gateway listeners goes when a document names <c>${LOG}</c>.</summary>
    public string LogPath => Path.Combine(_folder.FullName, "access.log");

    /// <summary>Folder for certificates, given as <c>EDGE_CERT_DIR</c>.</summary>
    public string CertificateFolder => Path.Combine(_folder.FullName, "certificates");

    /// <summary>Path of a file beside the documents.</summary>
    public string PathOf(string name) => Path.Combine(_folder.FullName, "configuration", name);

    /// <summary>Where the servers of a Gateway port are bound.</summary>
    public IPEndPoint EndPoint(int port) => Edge.Host.Gateways.EndPoint(port) ?? throw new InvalidOperationException($"Nothing is bound for port {port}.");

    /// <summary>Starts with documents; <paramref name="files"/> are copied beside them.</summary>
    public static async Task<RunningMesh> StartAsync(string documents, IEnumerable<string>? files = null, params (string Name, string Value)[] settings)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("edge-mesh-");
        string configuration = folder.CreateSubdirectory("configuration").FullName;
        folder.CreateSubdirectory("certificates");
        foreach (string file in files ?? [])
        {
            File.Copy(file, Path.Combine(configuration, Path.GetFileName(file)));
        }

        string log = Path.Combine(folder.FullName, "access.log");
        await File.WriteAllTextAsync(Path.Combine(configuration, "test.yaml"), documents.Replace("${LOG}", log, StringComparison.Ordinal));
        (string, string)[] all =
        [
            ("EDGE_CONFIG", configuration),
            ("EDGE_CERT_DIR", Path.Combine(folder.FullName, "certificates")),
            ("EDGE_GATEWAY_BIND", "127.0.0.1"),
            ("EDGE_GATEWAY_PORT_MAP", "80=0,443=0,8080=0,9443=0"),
            ("EDGE_STATUS_PORT", "off"),
            ("EDGE_STATS_PORT", "off"),
            ("EDGE_ADMIN_PORT", "off"),
            ("KONG_PROXY_LISTEN", "off"),
            .. settings,
        ];
        (string, string)[] distinct = [.. all.GroupBy(static one => one.Item1).Select(static group => group.Last())];
        return new RunningMesh(folder, distinct, await RunningEdge.StartAsync("", distinct));
    }

    /// <summary>Replaces the documents and publishes them.</summary>
    public async Task ReloadAsync(string documents)
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "configuration", "test.yaml"), documents.Replace("${LOG}", LogPath, StringComparison.Ordinal));
        await Edge.ReloadFilesAsync(_settings);
    }

    /// <summary>Waits for that many lines of the access log.</summary>
    public async Task<IReadOnlyList<string>> LinesAsync(int count)
    {
        await Eventually.TrueAsync(() => File.Exists(LogPath) && File.ReadAllLines(LogPath).Length >= count, $"{count} lines are logged");
        return await File.ReadAllLinesAsync(LogPath);
    }

    /// <summary>Puts a certificate where <c>credentialName</c> finds it.</summary>
    public void WriteCertificate(string name, TestCertificate certificate)
    {
        string folder = Directory.CreateDirectory(Path.Combine(CertificateFolder, name)).FullName;
        Replace(Path.Combine(folder, "tls.key"), certificate.KeyPem);
        Replace(Path.Combine(folder, "tls.crt"), certificate.Pem);
        Edge.Host.GatewayCertificates.Look();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Edge.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static void Replace(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }
}
