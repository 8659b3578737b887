using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream.Dns;
using Record = VoltageSoda.Edge.TestKit.FakeDnsServer.Record;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

/// <summary>The whole resolver on the real clock, the real client and a name server of the test.</summary>
public sealed class ResolverOverUdpTests : IAsyncLifetime
{
    private readonly FakeDnsServer _server = new();
    private readonly Channel<NameAnswer> _answers = Channel.CreateUnbounded<NameAnswer>();
    private readonly string _conf = Path.GetTempFileName();
    private readonly WarningLog _log = new();
    private NameResolver _resolver = null!;

    public Task InitializeAsync() => StartAsync(timeoutSeconds: 20);

    public async Task DisposeAsync()
    {
        await _resolver.DisposeAsync();
        await _server.DisposeAsync();
        File.Delete(_conf);
    }

    [Fact]
    public async Task Watch_SearchDomain_FindsTheNameAndFollowsItsTtl()
    {
        _server.Set("web.example", FakeDnsServer.A, Record.Address("web.example", "10.0.0.1", 1));
        using NameWatch watch = Watch("web");
        NameAnswer first = await NextAsync();
        _server.Set(
            "web.example", FakeDnsServer.A, Record.Address("web.example", "10.0.0.1", 100), Record.Address("web.example", "10.0.0.2", 100));

        NameAnswer second = await NextAsync();

        Assert.Equal(["10.0.0.1:8000"], Text(first));
        Assert.Equal(["10.0.0.1:8000", "10.0.0.2:8000"], Text(second));
        Assert.Equal(TimeSpan.FromSeconds(100), second.Ttl);
        Assert.Equal(
            ["udp 33 web.shop.example", "udp 33 web.example", "udp 1 web.example", "udp 1 web.shop.example", "udp 1 web.example"],
            _server.Asked);
    }

    [Fact]
    public async Task Watch_Service_GivesPortAndWeight()
    {
        _server.Set("_http._tcp.web", FakeDnsServer.Srv, Record.Service("_http._tcp.web", 1, 7, 8081, "one.example", 60));
        _server.Set("one.example", FakeDnsServer.Aaaa, Record.Address("one.example", "2001:db8::1", 60));

        using NameWatch watch = Watch("_http._tcp.web.");
        ResolvedAddress found = Assert.Single((await NextAsync()).Addresses);

        Assert.Equal(new ResolvedAddress(IPAddress.Parse("2001:db8::1"), 8081, 7, 1) { ServiceHost = "one.example" }, found);
    }

    [Fact]
    public async Task Watch_UnknownName_IsNotFound()
    {
        using NameWatch watch = Watch("nobody");

        Assert.Equal(NameStatus.NotFound, (await NextAsync()).Status);
    }

    [Fact]
    public async Task Watch_ServerGoesSilent_KeepsTheLastAnswer()
    {
        await _resolver.DisposeAsync();
        await StartAsync(timeoutSeconds: 2);
        _server.Set("web.example", FakeDnsServer.A, Record.Address("web.example", "10.0.0.1", 1));
        using NameWatch watch = Watch("web.example.");
        await NextAsync();
        _server.SetSilent("web.example", FakeDnsServer.A);
        await _log.FirstWarning.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(NameStatus.Stale, watch.Current!.Status);
        Assert.Equal(["10.0.0.1:8000"], Text(watch.Current));
        _server.Set("web.example", FakeDnsServer.A, Record.Address("web.example", "10.0.0.2", 60));
        Assert.Equal(["10.0.0.2:8000"], Text(await NextAsync()));
    }

    private async Task StartAsync(int timeoutSeconds)
    {
        await File.WriteAllTextAsync(_conf, $"search shop.example example\noptions ndots:2 timeout:{timeoutSeconds} attempts:1\n");
        NameResolverOptions options = new() { HostsPath = null, ResolvConfPath = _conf, Servers = [_server.EndPoint], Jitter = 0 };
        _resolver = new NameResolver(options, TimeProvider.System, new DnsNameClient(), _log);
    }

    private static IEnumerable<string> Text(NameAnswer answer) => answer.Addresses.Select(static found => $"{found.Address}:{found.Port}");

    private NameWatch Watch(string host) => _resolver.Watch(host, 8000, allowSrv: true, answer => _answers.Writer.TryWrite(answer));

    private Task<NameAnswer> NextAsync() => _answers.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    private sealed class WarningLog : ILogger
    {
        private readonly TaskCompletionSource _warned = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task FirstWarning => _warned.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _warned.TrySetResult();
    }
}
