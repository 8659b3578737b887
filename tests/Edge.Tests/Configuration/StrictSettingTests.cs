using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>Values that would trust, ask or send something else than what is written are start errors.</summary>
public sealed class StrictSettingTests
{
    [Theory]
    [InlineData("KONG_TRUSTED_IPS", "127.1")]
    [InlineData("KONG_TRUSTED_IPS", "0177.0.0.1")]
    [InlineData("KONG_TRUSTED_IPS", "2130706433")]
    [InlineData("KONG_TRUSTED_IPS", "10.0.0.0/8,1.2.3")]
    [InlineData("KONG_TRUSTED_IPS", "10.1/16")]
    [InlineData("KONG_TRUSTED_IPS", "0x7f.0.0.1")]
    [InlineData("KONG_TRUSTED_IPS", "fe80::1%eth0")]
    [InlineData("KONG_PROXY_LISTEN", "0177.0.0.1:8000")]
    [InlineData("KONG_DNS_RESOLVER", "foo")]
    [InlineData("KONG_DNS_RESOLVER", "1.2.3.4:99999")]
    [InlineData("KONG_DNS_RESOLVER", "1.2.3.4:0")]
    [InlineData("KONG_DNS_RESOLVER", "1.2.3.4,127.1:53")]
    [InlineData("KONG_DNS_RESOLVER", "[1.2.3.4]:53")]
    [InlineData("KONG_DNS_RESOLVER", "[::1")]
    [InlineData("KONG_DNS_RESOLVER", "1.2.3.4:")]
    [InlineData("KONG_REAL_IP_HEADER", "bad name")]
    [InlineData("KONG_REAL_IP_HEADER", "X-R\u00e9al")]
    [InlineData("EDGE_PRODUCT", "a\r\nX: y")]
    [InlineData("EDGE_PRODUCT", "a/b/c")]
    [InlineData("EDGE_PRODUCT", "a/")]
    [InlineData("EDGE_PRODUCT", "my edge")]
    public void Load_ValueThatCannotBeMeant_IsAStartError(string name, string value)
    {
        EdgeSettings settings = EdgeSettings.From((name, value));
        ConfigDiagnostic finding = Assert.Single(settings.Findings);
        Assert.Equal(("VSE3002", true), (finding.Code, settings.Refused));
        Assert.StartsWith(name, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KONG_TRUSTED_IPS", "127.0.0.1,10.0.0.0/8,::1,2001:db8::/32,::ffff:1.2.3.4,unix:")]
    [InlineData("KONG_DNS_RESOLVER", "1.2.3.4,1.2.3.4:53,::1,[::1],[::1]:5353")]
    [InlineData("KONG_REAL_IP_HEADER", "proxy_protocol")]
    [InlineData("KONG_REAL_IP_HEADER", "X-Forwarded-For")]
    [InlineData("EDGE_PRODUCT", "kong/3.4.2")]
    [InlineData("EDGE_PRODUCT", "edge")]
    public void Load_ValueAtTheEdgeOfTheGrammar_IsTaken(string name, string value)
    {
        EdgeSettings settings = EdgeSettings.From((name, value));
        Assert.False(settings.Refused);
        Assert.True(settings.IsGiven(SettingTable.Find(name)!));
    }

    [Fact]
    public void Product_Default_IsAProduct() =>
        Assert.False(EdgeSettings.From(("EDGE_PRODUCT", GatewayFields.Default.Product)).Refused);
}
