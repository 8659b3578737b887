using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

public sealed class ResolverFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-dns-").FullName;

    private string Hosts => Path.Combine(_folder, "hosts");

    private string Conf => Path.Combine(_folder, "resolv.conf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Watch_HostsFileChanges_IsLookedUpAtOnce()
    {
        await File.WriteAllTextAsync(Hosts, "10.0.0.1 web\n");
        await using ResolverProbe probe = new(options => options with { HostsPath = Hosts });
        using NameWatch watch = probe.Watch("web");
        Assert.Equal("10.0.0.1", (await probe.NextAnswerAsync()).Addresses[0].Address.ToString());
        await probe.LookupAsync();

        // Same length, same time stamp: only the content tells.
        DateTime written = File.GetLastWriteTimeUtc(Hosts);
        await File.WriteAllTextAsync(Hosts, "10.0.0.2 web\n");
        File.SetLastWriteTimeUtc(Hosts, written);
        await probe.AdvanceToLookupAsync(5);

        Assert.Equal("10.0.0.2", (await probe.NextAnswerAsync()).Addresses[0].Address.ToString());
        Assert.Empty(probe.Client.Asked);
    }

    [Fact]
    public async Task Watch_SearchListChanges_IsFollowed()
    {
        await File.WriteAllTextAsync(Conf, "search one.example\nnameserver 127.0.0.1\n");
        await using ResolverProbe probe = new(options => options with { ResolvConfPath = Conf });
        probe.Client.SetAddresses("web.one.example", 3600, "10.0.0.1");
        probe.Client.SetAddresses("web.two.example", 3600, "10.0.0.2");
        using NameWatch watch = probe.Watch("web");
        Assert.Equal("10.0.0.1", (await probe.NextAnswerAsync()).Addresses[0].Address.ToString());
        await probe.LookupAsync();

        await File.WriteAllTextAsync(Conf, "search two.example\nnameserver 127.0.0.1\n");
        await probe.AdvanceToLookupAsync(5);

        Assert.Equal("10.0.0.2", (await probe.NextAnswerAsync()).Addresses[0].Address.ToString());
    }

    [Fact]
    public void Reload_FileGone_KeepsItsLastContent()
    {
        File.WriteAllText(Hosts, "10.0.0.1 web\n");
        ResolverFiles files = new(new NameResolverOptions { HostsPath = Hosts, ResolvConfPath = Conf });

        File.Delete(Hosts);

        Assert.False(files.Reload());
        Assert.NotNull(files.Hosts.Find("web"));
    }

    [Fact]
    public void Configuration_ServersSet_ReplaceThoseOfTheFile()
    {
        File.WriteAllText(Conf, "nameserver 10.9.9.9\noptions ndots:3\n");
        System.Net.IPEndPoint server = new(System.Net.IPAddress.Loopback, 5353);
        ResolverFiles files = new(new NameResolverOptions { HostsPath = null, ResolvConfPath = Conf, Servers = [server] });

        Assert.Equal([server], files.Configuration.Servers);
        Assert.Equal(3, files.Configuration.Ndots);
    }
}
