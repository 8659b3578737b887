using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Tests.Transformation;

public sealed class ForwardedFieldsTests
{
    [Fact]
    public void Apply_UntrustedClient_ReplacesAll()
    {
        HeaderList upstream = HeaderList.Of(
            "X-Forwarded-For: 1.1.1.1", "X-Real-IP: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil", "X-Forwarded-Port: 1",
            "X-Forwarded-Path: /evil", "X-Forwarded-Prefix: /evil", "Forwarded: for=1.1.1.1");
        Apply(new ForwardedOptions(), ref upstream, prefix: "");
        Assert.Equal(
            [
                "X-Forwarded-For: 1.1.1.1, 10.0.0.9", "X-Real-IP: 10.0.0.9", "X-Forwarded-Proto: http", "X-Forwarded-Host: a.com",
                "X-Forwarded-Port: 8000", "X-Forwarded-Path: /api/v1/x",
            ],
            upstream.Lines);
    }

    [Fact]
    public void Apply_TrustedClient_KeepsWhatItSaid()
    {
        HeaderList upstream = HeaderList.Of(
            "X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2", "X-Real-IP: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: outer",
            "X-Forwarded-Port: 443", "X-Forwarded-Path: /outer", "X-Forwarded-Prefix: /p", "Forwarded: for=1.1.1.1");
        Apply(new ForwardedOptions { Trusted = new CidrMatch(["10.0.0.0/8"]) }, ref upstream, prefix: "/api/v1");
        Assert.Equal(
            [
                "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.9", "X-Real-IP: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: outer",
                "X-Forwarded-Port: 443", "X-Forwarded-Path: /outer", "X-Forwarded-Prefix: /p", "Forwarded: for=1.1.1.1",
            ],
            upstream.Lines);
    }

    [Fact]
    public void Apply_TrustedClientRepeatsAField_TheFirstCounts()
    {
        string longPath = "/" + new string('p', 600);
        HeaderList upstream = HeaderList.Of(
            "X-Forwarded-Proto: https", "X-Forwarded-Proto: http", "X-Forwarded-Host: one", "X-Forwarded-Host: two", "X-Forwarded-Host: three",
            "X-Forwarded-Port: 443", "X-Forwarded-Port: 80", $"X-Forwarded-Path: {longPath}", "X-Forwarded-Path: /two",
            "X-Forwarded-Prefix: /p", "X-Forwarded-Prefix: /q");
        Apply(new ForwardedOptions { Trusted = new CidrMatch(["10.0.0.0/8"]) }, ref upstream, prefix: "");
        Assert.Equal(
            [
                "X-Forwarded-Proto: https", "X-Forwarded-Host: one", "X-Forwarded-Port: 443", $"X-Forwarded-Path: {longPath}",
                "X-Forwarded-Prefix: /p",
            ],
            upstream.Lines.Where(static line => line.StartsWith("X-Forwarded-", StringComparison.Ordinal) && !line.StartsWith("X-Forwarded-For", StringComparison.Ordinal)));
    }

    [Fact]
    public void Apply_TrustedClientWithoutFields_FillsThem()
    {
        HeaderList upstream = HeaderList.Of();
        Apply(new ForwardedOptions { Trusted = new CidrMatch(["10.0.0.9"]) }, ref upstream, prefix: "/api/v1");
        Assert.Equal(
            [
                "X-Real-IP: 10.0.0.9", "X-Forwarded-For: 10.0.0.9", "X-Forwarded-Proto: http", "X-Forwarded-Host: a.com", "X-Forwarded-Port: 8000",
                "X-Forwarded-Path: /api/v1/x", "X-Forwarded-Prefix: /api/v1",
            ],
            upstream.Lines);
    }

    [Fact]
    public void Apply_UnixClient_ClaimsNoAddress()
    {
        HeaderList upstream = HeaderList.Of("X-Real-IP: 6.6.6.6", "X-Forwarded-For: 1.1.1.1");
        ConnectionFacts connection = new() { PeerAddress = default, IsTls = true, ListenerPort = 0 };
        ForwardedFields fields = new(new ForwardedOptions());
        fields.Apply(new ForwardedFacts { Connection = connection, Client = fields.Resolve(connection, ref upstream), Host = "[::1]:80"u8, OriginalPath = "/"u8 }, ref upstream);
        Assert.Equal(["X-Forwarded-For: 1.1.1.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: [::1]", "X-Forwarded-Path: /"], upstream.Lines);
    }

    // Peer 10.0.0.9, trusted 10.0.0.0/8 and fd00::/8.
    [Theory]
    [InlineData("X-Real-IP", false, "X-Real-IP: 1.2.3.4", "1.2.3.4")]
    [InlineData("X-Real-IP", false, "X-Forwarded-For: 1.2.3.4", "10.0.0.9")]
    [InlineData("X-Real-IP", false, "X-Real-IP: junk", "10.0.0.9")]
    [InlineData("X-Real-IP", false, "X-Real-IP: [2001:db8::1]:443", "2001:db8::1")]
    [InlineData("X-Real-IP", false, "X-Real-IP: 1.2.3.4:55", "1.2.3.4")]
    [InlineData("X-Real-IP", false, "X-Real-IP: 1.2.3.4:x", "10.0.0.9")]
    [InlineData("X-Forwarded-For", false, "X-Forwarded-For: 9.9.9.9, 8.8.8.8", "8.8.8.8")]
    [InlineData("X-Forwarded-For", false, "X-Forwarded-For: 9.9.9.9, 10.1.1.1", "10.1.1.1")] // Not recursive: the last one, trusted or not.
    [InlineData("X-Forwarded-For", true, "X-Forwarded-For: 9.9.9.9, 10.1.1.1", "9.9.9.9")]
    [InlineData("X-Forwarded-For", true, "X-Forwarded-For: 7.7.7.7, 9.9.9.9, 10.1.1.1,fd00::1 ", "9.9.9.9")]
    [InlineData("X-Forwarded-For", true, "X-Forwarded-For: 9.9.9.9|X-Forwarded-For: 10.1.1.1", "9.9.9.9")]
    [InlineData("X-Forwarded-For", true, "X-Forwarded-For: 10.2.2.2, 10.1.1.1", "10.2.2.2")] // All trusted: the first.
    [InlineData("X-Forwarded-For", true, "X-Forwarded-For: 9.9.9.9, junk, 10.1.1.1", "10.1.1.1")] // Malformed ends the walk.
    [InlineData("X-Forwarded-For", true, "X-Forwarded-For: 9.9.9.9,, 10.1.1.1", "10.1.1.1")]
    [InlineData("proxy_protocol", false, "proxy_protocol: 1.2.3.4", "10.0.0.9")]
    public void Resolve_TrustedPeer_WalksLikeNginx(string header, bool recursive, string lines, string expected)
    {
        ForwardedFields fields = new(new ForwardedOptions
        {
            Trusted = new CidrMatch(["10.0.0.0/8", "fd00::/8"]),
            RealIpHeader = header,
            Recursive = recursive,
        });
        HeaderList request = HeaderList.Of(lines.Split('|'));
        ResolvedClient client = fields.Resolve(Connection(), ref request);
        Assert.Equal(expected, client.Address.ToString());
        Assert.True(client.PeerIsTrusted);
    }

    [Fact]
    public void Resolve_UntrustedPeer_IsTheClient()
    {
        ForwardedFields fields = new(new ForwardedOptions { Trusted = new CidrMatch(["192.168.0.0/16"]), Recursive = true });
        HeaderList request = HeaderList.Of("X-Real-IP: 1.2.3.4");
        Assert.Equal(new ResolvedClient(Connection().PeerAddress, false), fields.Resolve(Connection(), ref request));
    }

    [Fact]
    public void Resolve_EndlessList_StopsAt64()
    {
        ForwardedFields fields = new(new ForwardedOptions { Trusted = new CidrMatch(["10.0.0.0/8"]), RealIpHeader = "X-Forwarded-For", Recursive = true });
        string chain = string.Join(", ", Enumerable.Range(0, 100).Select(static i => $"10.0.1.{i}"));
        HeaderList request = HeaderList.Of($"X-Forwarded-For: 9.9.9.9, {chain}");
        Assert.Equal("10.0.1.36", fields.Resolve(Connection(), ref request).Address.ToString());
    }

    [Fact]
    public void IsForwardedHttps_OnlyATrustedPeerIsBelieved()
    {
        ForwardedFields fields = new(new ForwardedOptions());
        HeaderList request = HeaderList.Of("X-Forwarded-Proto: https");
        ResolvedClient trusted = new(default, true);
        ResolvedClient untrusted = new(default, false);
        Assert.True(fields.IsForwardedHttps(Connection(), trusted, ref request));
        Assert.False(fields.IsForwardedHttps(Connection(), untrusted, ref request));
        HeaderList none = HeaderList.Of();
        Assert.True(fields.IsForwardedHttps(new ConnectionFacts { PeerAddress = default, IsTls = true, ListenerPort = 1 }, trusted, ref none));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("10.1.2.3/8", "10.9.9.9", true)] // Host bits are ignored.
    [InlineData("0.0.0.0/0", "255.1.2.3", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("1.2.3.4", "1.2.3.4", true)]
    [InlineData("1.2.3.4/32", "1.2.3.5", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:7fff::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::1", false)]
    [InlineData("::ffff:10.0.0.0/104", "10.1.1.1", true)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.1.1", true)]
    public void Cidr_Contains_ComparesTheNetworkBits(string network, string address, bool contained)
    {
        Assert.True(ClientAddress.TryParse(Encoding.UTF8.GetBytes(address), out ClientAddress parsed));
        Assert.Equal(contained, new CidrMatch([network]).Contains(parsed));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0/8")]
    [InlineData("host")]
    [InlineData("::1/129")]
    [InlineData("")]
    public void Cidr_Malformed_IsRefused(string network)
    {
        Assert.False(CidrMatch.TryValidate(network));
        Assert.Throws<ArgumentException>(() => new CidrMatch([network]));
    }

    [Fact]
    public void Cidr_Unix_TrustsClientsWithoutAddress()
    {
        Assert.True(new CidrMatch(["unix:"]).Contains(default));
        Assert.False(new CidrMatch(["0.0.0.0/0", "::/0"]).Contains(default));
    }

    [Fact]
    public void Apply_Steady_AllocatesNothing()
    {
        ForwardedFields fields = new(new ForwardedOptions { Trusted = new CidrMatch(["10.0.0.0/8"]), RealIpHeader = "X-Forwarded-For", Recursive = true });
        HeaderList request = HeaderList.Of("X-Forwarded-For: 9.9.9.9, 10.1.1.1");
        DiscardingEdits upstream = new(request);
        ConnectionFacts connection = Connection();
        Assert.Equal(0, Allocations.Measure(() =>
        {
            ResolvedClient client = fields.Resolve(connection, ref request);
            fields.Apply(new ForwardedFacts { Connection = connection, Client = client, Host = "a.com"u8, OriginalPath = "/x"u8 }, ref upstream);
        }));
    }

    private static ConnectionFacts Connection()
    {
        Assert.True(ClientAddress.TryParse("10.0.0.9"u8, out ClientAddress peer));
        return new ConnectionFacts { PeerAddress = peer, IsTls = false, ListenerPort = 8000 };
    }

    private static void Apply(ForwardedOptions options, ref HeaderList upstream, string prefix)
    {
        ForwardedFields fields = new(options);
        ForwardedFacts facts = new()
        {
            Connection = Connection(),
            Client = fields.Resolve(Connection(), ref upstream),
            Host = "a.com:8000"u8,
            OriginalPath = "/api/v1/x"u8,
            Prefix = Encoding.UTF8.GetBytes(prefix),
        };
        fields.Apply(facts, ref upstream);
    }
}
