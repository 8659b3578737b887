using System.Text;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Tests.Text;

public sealed class AcceptFieldTests
{
    [Theory]
    [InlineData("application/json", ErrorMediaType.Json)]
    [InlineData("*/*", ErrorMediaType.Json)]
    [InlineData("application/*", ErrorMediaType.Json)]
    [InlineData("text/*", ErrorMediaType.Plain)]
    [InlineData("text/plain", ErrorMediaType.Plain)]
    [InlineData("TEXT/HTML", ErrorMediaType.Html)]
    [InlineData("application/xml", ErrorMediaType.Xml)]
    [InlineData("image/png", ErrorMediaType.Json)]
    [InlineData("text/html, application/json", ErrorMediaType.Html)]
    [InlineData("text/html;q=0.5, application/xml;q=0.9, text/plain;q=0.1", ErrorMediaType.Xml)]
    [InlineData("text/html;q=0, text/plain", ErrorMediaType.Plain)]
    [InlineData("text/html;q=0", ErrorMediaType.Json)]
    [InlineData("text/html; level=1; q=0.2, text/plain;q=0.3", ErrorMediaType.Plain)]
    [InlineData("text/html;q=2", ErrorMediaType.Json)]
    [InlineData("text/html;q=0.1234", ErrorMediaType.Json)]
    [InlineData("garbage", ErrorMediaType.Json)]
    [InlineData(",,text/plain,", ErrorMediaType.Plain)]
    public void Negotiate_Accept_HighestQualityWins(string accept, ErrorMediaType expected) =>
        Assert.Equal(expected, AcceptField.Negotiate(Encoding.UTF8.GetBytes(accept)));
}
