using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>
/// The hosts file and resolver configuration as last read. Content is compared rather than modification times: an editor that
/// writes twice within one tick of the file system's clock would go unseen. <see cref="Reload"/> is called by one thread at a
/// time; reading the properties is free for all.
/// </summary>
internal sealed class ResolverFiles
{
    private readonly NameResolverOptions _options;
    private string _hostsText = "";
    private string _confText = "";
    private HostsFile _hosts = HostsFile.Empty;
    private ResolvConf _configuration;

    public ResolverFiles(NameResolverOptions options)
    {
        _options = options;
        _configuration = WithServers(new ResolvConf());
        Reload();
    }

    public HostsFile Hosts => Volatile.Read(ref _hosts);

    public ResolvConf Configuration => Volatile.Read(ref _configuration);

    /// <summary>Reads both files again; true when one says something new. A file that cannot be read keeps its last content.</summary>
    public bool Reload()
    {
        bool changed = false;
        if (TryRead(_options.HostsPath, out string text) && text != _hostsText)
        {
            _hostsText = text;
            Volatile.Write(ref _hosts, HostsFile.Parse(text));
            changed = true;
        }

        if (TryRead(_options.ResolvConfPath, out text) && text != _confText)
        {
            _confText = text;
            Volatile.Write(ref _configuration, WithServers(ResolvConf.Parse(text)));
            changed = true;
        }

        return changed;
    }

    private static bool TryRead(string? path, out string text)
    {
        text = "";
        if (path is null || PathKinds.WhyUnreadable(path) is not null)
        {
            return false;
        }

        try
        {
            text = File.ReadAllText(path);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private ResolvConf WithServers(ResolvConf conf) => _options.Servers.Count == 0 ? conf : conf with { Servers = _options.Servers };
}
