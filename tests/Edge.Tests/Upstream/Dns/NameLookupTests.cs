using System.Net;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

public sealed class NameLookupTests
{
    private readonly ScriptedNameClient _client = new();
    private NameResolverOptions _options = new();
    private ResolvConf _conf = new();
    private HostsFile _hosts = HostsFile.Empty;

    [Fact]
    public async Task Run_SeveralAddresses_GivesThemSortedWithoutDuplicates()
    {
        _client.SetAddresses("web", 30, "10.0.0.9", "10.0.0.10", "10.0.0.9", "9.0.0.1");

        LookupOutcome outcome = await RunAsync("web");

        Assert.Equal(["9.0.0.1", "10.0.0.9", "10.0.0.10"], outcome.Addresses.Select(static found => found.Address.ToString()));
        Assert.All(outcome.Addresses, static found => Assert.Null(found.Weight));
        Assert.Equal(TimeSpan.FromSeconds(30), outcome.Ttl);
        Assert.Equal(["Srv web", "A web"], _client.Asked);
    }

    [Fact]
    public async Task Run_SrvNotAllowed_AsksForAddressesOnly()
    {
        _client.Set("web", RecordKind.Srv, ScriptedNameClient.Service("host.example", 1));
        _client.Set("web", RecordKind.A, ScriptedNameClient.Address("10.0.0.1"));

        LookupOutcome outcome = await RunAsync("web", allowSrv: false);

        Assert.Equal([IPAddress.Parse("10.0.0.1")], outcome.Addresses.Select(static found => found.Address));
        Assert.Equal(["A web"], _client.Asked);
    }

    [Fact]
    public async Task Run_OnlyIpv6_IsFoundAfterA()
    {
        _client.Set("web", RecordKind.A, NameReplyKind.NoRecords);
        _client.Set("web", RecordKind.Aaaa, ScriptedNameClient.Address("2001:db8::1"));

        LookupOutcome outcome = await RunAsync("web", allowSrv: false);

        Assert.Equal([IPAddress.Parse("2001:db8::1")], outcome.Addresses.Select(static found => found.Address));
        Assert.Equal(RecordKind.Aaaa, outcome.Kind);
    }

    [Fact]
    public async Task Run_NoSuchName_SparesTheOtherTypes()
    {
        _conf = _conf with { Search = ["a.example"] };

        LookupOutcome outcome = await RunAsync("web");

        Assert.Equal(LookupResult.NotFound, outcome.Result);
        Assert.Equal(["Srv web.a.example", "Srv web"], _client.Asked);
    }

    [Fact]
    public async Task Run_Services_UseBestPriorityPortAndWeight()
    {
        _client.Set(
            "_http._tcp.web",
            RecordKind.Srv,
            ScriptedNameClient.Service("one.example", 8081, weight: 5, priority: 10, ttl: 40),
            ScriptedNameClient.Service("two.example", 8082, weight: 0, priority: 10, address: "10.0.0.2", ttl: 40),
            ScriptedNameClient.Service("spare.example", 8083, weight: 100, priority: 20));
        _client.Set("one.example", RecordKind.A, ScriptedNameClient.Address("10.0.0.1", 20), ScriptedNameClient.Address("10.0.0.3", 20));

        LookupOutcome outcome = await RunAsync("_http._tcp.web");

        Assert.Equal(
            [
                new ResolvedAddress(IPAddress.Parse("10.0.0.1"), 8081, 5, 10) { ServiceHost = "one.example" },
                new ResolvedAddress(IPAddress.Parse("10.0.0.2"), 8082, 1, 10) { ServiceHost = "two.example" },
                new ResolvedAddress(IPAddress.Parse("10.0.0.3"), 8081, 5, 10) { ServiceHost = "one.example" },
            ],
            outcome.Addresses);
        Assert.Equal(TimeSpan.FromSeconds(20), outcome.Ttl);
        Assert.DoesNotContain("A spare.example", _client.Asked);
    }

    [Fact]
    public async Task Run_ServiceWithBothFamilies_TakesThePreferredOne()
    {
        _client.Set(
            "web",
            RecordKind.Srv,
            ScriptedNameClient.Service("one.example", 80, address: "2001:db8::1"),
            ScriptedNameClient.Service("one.example", 80, address: "10.0.0.1"),
            ScriptedNameClient.Service("six.example", 80, address: "2001:db8::6"));

        LookupOutcome outcome = await RunAsync("web");

        Assert.Equal(["10.0.0.1", "2001:db8::6"], outcome.Addresses.Select(static found => found.Address.ToString()));
    }

    [Fact]
    public async Task Run_ServiceOfSameAddressTwice_CarriesBothWeights()
    {
        _client.Set(
            "web",
            RecordKind.Srv,
            ScriptedNameClient.Service("a.example", 80, weight: 3, address: "10.0.0.1"),
            ScriptedNameClient.Service("b.example", 80, weight: 4, address: "10.0.0.1"));

        ResolvedAddress found = Assert.Single((await RunAsync("web")).Addresses);

        Assert.Equal(7, found.Weight);
    }

    [Fact]
    public async Task Run_ServiceHostInHostsFile_IsNotAskedFor()
    {
        _hosts = HostsFile.Parse("10.9.9.9 one.example");
        _client.Set("web", RecordKind.Srv, ScriptedNameClient.Service("one.example.", 8081, ttl: 12));

        LookupOutcome outcome = await RunAsync("web");

        Assert.Equal(new ResolvedAddress(IPAddress.Parse("10.9.9.9"), 8081, 1, 0) { ServiceHost = "one.example" }, Assert.Single(outcome.Addresses));
        Assert.Equal(TimeSpan.FromSeconds(12), outcome.Ttl);
        Assert.Equal(["Srv web"], _client.Asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    public async Task Run_ServiceDeclaredAbsent_FallsToAddresses(string host)
    {
        _client.Set("web", RecordKind.Srv, ScriptedNameClient.Service(host, 0));
        _client.Set("web", RecordKind.A, ScriptedNameClient.Address("10.0.0.1"));

        Assert.Equal(RecordKind.A, (await RunAsync("web")).Kind);
    }

    [Fact]
    public async Task Run_ServerErrorForSuffix_StillTriesTheNameItself()
    {
        _conf = _conf with { Search = ["broken.example"] };
        foreach (RecordKind kind in Enum.GetValues<RecordKind>())
        {
            _client.Set("web.broken.example", kind, NameReplyKind.ServerError);
        }

        _client.Set("web", RecordKind.A, ScriptedNameClient.Address("10.0.0.1"));
        _client.Set("web", RecordKind.Srv, NameReplyKind.NoRecords);

        Assert.Equal(LookupResult.Resolved, (await RunAsync("web")).Result);

        _client.Set("web", RecordKind.A, NameReplyKind.NoSuchName);
        Assert.Equal(LookupResult.Failed, (await RunAsync("web")).Result);
    }

    [Fact]
    public async Task Run_SilenceForSuffix_EndsTheLookup()
    {
        _conf = _conf with { Search = ["a.example"] };
        _client.Set("web.a.example", RecordKind.Srv, NameReplyKind.Unreachable);
        _client.SetAddresses("web", 60, "10.0.0.1");

        Assert.Equal(LookupResult.Failed, (await RunAsync("web")).Result);
        Assert.Equal(["Srv web.a.example"], _client.Asked);
    }

    [Fact]
    public async Task Run_LastKindFails_DoesNotFallToAnother()
    {
        _client.Set("web", RecordKind.Srv, NameReplyKind.ServerError);
        _client.Set("web", RecordKind.A, ScriptedNameClient.Address("10.0.0.1"));

        Assert.Equal(LookupResult.Failed, (await RunAsync("web", last: RecordKind.Srv)).Result);
        Assert.Equal(LookupResult.Resolved, (await RunAsync("web", last: null)).Result);
    }

    [Fact]
    public async Task Run_LastKind_IsAskedFirst()
    {
        _client.SetAddresses("web", 60, "10.0.0.1");

        await RunAsync("web", last: RecordKind.A);

        Assert.Equal(["A web"], _client.Asked);
    }

    [Fact]
    public async Task Run_MoreAddressesThanAllowed_KeepsTheFirst()
    {
        _options = _options with { MaximumAddresses = 2 };
        _client.SetAddresses("web", 60, "10.0.0.3", "10.0.0.1", "10.0.0.2");

        Assert.Equal(["10.0.0.1", "10.0.0.2"], (await RunAsync("web")).Addresses.Select(static found => found.Address.ToString()));
    }

    [Fact]
    public async Task Run_NameInHostsFile_AsksNobody()
    {
        _hosts = HostsFile.Parse("2001:db8::7 web\n10.0.0.7 web");

        ResolvedAddress found = Assert.Single((await RunAsync("web")).Addresses);

        Assert.Equal(IPAddress.Parse("10.0.0.7"), found.Address);
        Assert.Empty(_client.Asked);
    }

    private Task<LookupOutcome> RunAsync(string host, bool allowSrv = true, RecordKind? last = null) =>
        new NameLookup(_options, _client).RunAsync(host, allowSrv, last, _hosts, _conf, CancellationToken.None);
}
