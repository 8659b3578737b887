using System.Net;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Upstream.Dns;
using Record = VoltageSoda.Edge.TestKit.FakeDnsServer.Record;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

public sealed class DnsNameClientTests : IAsyncLifetime
{
    private const int ServerFailure = 2;
    private const int Refused = 5;

    private readonly FakeDnsServer _server = new();
    private readonly DnsNameClient _client = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(RecordKind.A, "10.0.0.1 10.0.0.2")]
    [InlineData(RecordKind.Aaaa, "2001:db8::1")]
    public async Task Query_Addresses_ComeWithTheirTtl(RecordKind kind, string addresses)
    {
        Record[] records = [.. addresses.Split(' ').Select(static address => Record.Address("web.example", address, 42))];
        _server.Set("web.example", records[0].Type, records);

        NameReply reply = await QueryAsync("web.example", kind);

        Assert.Equal(NameReplyKind.Records, reply.Kind);
        Assert.Equal(addresses.Split(' ').Select(IPAddress.Parse), reply.Records.Select(static record => record.Address));
        Assert.All(reply.Records, static record => Assert.Equal(42u, record.TtlSeconds));
    }

    [Fact]
    public async Task Query_Alias_IsFollowedAndBoundsTheTtl()
    {
        _server.Set(
            "www.example", FakeDnsServer.A, Record.Alias("www.example", "web.example", 9), Record.Address("web.example", "10.0.0.1", 300));

        NameReply reply = await QueryAsync("www.example", RecordKind.A);

        Assert.Equal(9u, Assert.Single(reply.Records).TtlSeconds);
    }

    [Fact]
    public async Task Query_Services_ComeWithAddressesThatWereSentAlong()
    {
        _server.SetWithExtras(
            "_http._tcp.web",
            FakeDnsServer.Srv,
            [Record.Service("_http._tcp.web", 1, 5, 8081, "one.example", 30), Record.Service("_http._tcp.web", 2, 6, 8082, "two.example", 30)],
            [Record.Address("one.example", "10.0.0.1", 20)]);

        NameReply reply = await QueryAsync("_http._tcp.web", RecordKind.Srv);

        Assert.Equal(
            [
                new NameRecord(IPAddress.Parse("10.0.0.1"), "one.example.", 8081, 5, 1, 20),
                new NameRecord(null, "two.example.", 8082, 6, 2, 30),
            ],
            reply.Records);
    }

    [Fact]
    public async Task Query_OtherTypesOnly_HasNoRecords()
    {
        _server.Set("web.example", FakeDnsServer.Aaaa, Record.Address("web.example", "2001:db8::1", 60));

        Assert.Equal(NameReplyKind.NoRecords, (await QueryAsync("web.example", RecordKind.A)).Kind);
    }

    [Fact]
    public async Task Query_UnknownName_IsBelievedAtOnce()
    {
        await using FakeDnsServer second = new();
        second.Set("web.example", FakeDnsServer.A, Record.Address("web.example", "10.0.0.1", 60));

        NameReply reply = await QueryAsync("web.example", RecordKind.A, _server.EndPoint, second.EndPoint);

        Assert.Equal(NameReplyKind.NoSuchName, reply.Kind);
        Assert.Empty(second.Asked);
    }

    [Theory]
    [InlineData(ServerFailure)]
    [InlineData(Refused)]
    public async Task Query_ServerError_TriesTheNextServer(int code)
    {
        await using FakeDnsServer second = new();
        _server.SetCode("web.example", FakeDnsServer.A, code);
        second.Set("web.example", FakeDnsServer.A, Record.Address("web.example", "10.0.0.1", 60));

        NameReply both = await QueryAsync("web.example", RecordKind.A, _server.EndPoint, second.EndPoint);
        NameReply alone = await QueryAsync("web.example", RecordKind.A);

        Assert.Equal(NameReplyKind.Records, both.Kind);
        Assert.Equal(NameReplyKind.ServerError, alone.Kind);
    }

    [Fact]
    public async Task Query_SilentServer_TriesTheNextAndThenGivesUp()
    {
        await using FakeDnsServer second = new();
        _server.SetSilent("web.example", FakeDnsServer.A);
        second.Set("web.example", FakeDnsServer.A, Record.Address("web.example", "10.0.0.1", 60));

        ResolvConf conf = new() { Servers = [_server.EndPoint], Timeout = TimeSpan.FromSeconds(1) };
        NameReply alone = await _client.QueryAsync(conf, "web.example", RecordKind.A, CancellationToken.None);
        int asked = _server.Asked.Length;
        conf = conf with { Servers = [_server.EndPoint, second.EndPoint] };
        NameReply both = await _client.QueryAsync(conf, "web.example", RecordKind.A, CancellationToken.None);

        Assert.Equal(NameReplyKind.Unreachable, alone.Kind);
        Assert.Equal(conf.Attempts, asked);
        Assert.Equal(NameReplyKind.Records, both.Kind);
    }

    [Fact]
    public async Task Query_NoServerListening_IsUnreachable()
    {
        FakeDnsServer gone = new();
        await gone.DisposeAsync();
        ResolvConf conf = new() { Servers = [gone.EndPoint], Timeout = TimeSpan.FromSeconds(1), Attempts = 1 };

        Assert.Equal(NameReplyKind.Unreachable, (await _client.QueryAsync(conf, "web.example", RecordKind.A, CancellationToken.None)).Kind);
    }

    [Fact]
    public async Task Query_UnreadableAnswer_IsAServerError()
    {
        _server.SetGarbage("web.example", FakeDnsServer.A);

        Assert.Equal(NameReplyKind.ServerError, (await QueryAsync("web.example", RecordKind.A)).Kind);
    }

    [Fact]
    public async Task Query_TruncatedAnswer_IsAskedForOverTcp()
    {
        Record[] records = [.. Enumerable.Range(1, 200).Select(static i => Record.Address("web.example", $"10.0.0.{i}", 60))];
        _server.SetTruncated("web.example", FakeDnsServer.A, records);

        NameReply reply = await QueryAsync("web.example", RecordKind.A);

        Assert.Equal(200, reply.Records.Count);
        Assert.Equal(["udp 1 web.example", "tcp 1 web.example"], _server.Asked);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("\u0000")]
    public async Task Query_TextThatIsNoName_DoesNotThrow(string name)
    {
        NameReply reply = await QueryAsync(name, RecordKind.A);

        Assert.Equal(NameReplyKind.NoSuchName, reply.Kind);
    }

    [Fact]
    public async Task Query_Cancelled_Throws()
    {
        _server.SetSilent("web.example", FakeDnsServer.A);
        using CancellationTokenSource cancel = new();
        ResolvConf conf = new() { Servers = [_server.EndPoint] };

        Task<NameReply> query = _client.QueryAsync(conf, "web.example", RecordKind.A, cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
    }

    [Fact]
    public async Task Query_Rotate_SpreadsOverTheServers()
    {
        await using FakeDnsServer second = new();
        ResolvConf conf = new() { Servers = [_server.EndPoint, second.EndPoint], Rotate = true };

        for (int i = 0; i < 10; i++)
        {
            await _client.QueryAsync(conf, "web.example", RecordKind.A, CancellationToken.None);
        }

        Assert.Equal(5, _server.Asked.Length);
        Assert.Equal(5, second.Asked.Length);
    }

    // The wait is long, so that a busy machine does not look like a silent server.
    private ValueTask<NameReply> QueryAsync(string name, RecordKind kind, params IPEndPoint[] servers) => _client.QueryAsync(
        new ResolvConf { Servers = servers.Length == 0 ? [_server.EndPoint] : servers, Timeout = TimeSpan.FromSeconds(20) },
        name,
        kind,
        CancellationToken.None);
}
