using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Tests.Text;

public sealed class KongErrorBodyTests
{
    private static readonly byte[] RequestId = "0123456789abcdef0123456789abcdef"u8.ToArray();

    [Theory]
    [InlineData("application/json", "application/json; charset=utf-8", "{\n  \"message\":\"no Route matched with those values\"\n}")]
    [InlineData("text/plain", "text/plain; charset=utf-8", "no Route matched with those values\n")]
    public void Write_WithoutRequestId_IsKong34(string accept, string contentType, string body)
    {
        ErrorRepresentation chosen = KongErrors.NoRoute.Select(Encoding.UTF8.GetBytes(accept));
        Assert.Equal(contentType, Encoding.UTF8.GetString(chosen.ContentType));
        Assert.Equal(body, Encoding.UTF8.GetString(chosen.ToArray(default)));
    }

    [Theory]
    [InlineData("text/html", "<h1>Error</h1>", "<p>no Route matched with those values.</p>")]
    [InlineData("application/xml", "<error>", "<message>no Route matched with those values</message>")]
    [InlineData("text/plain", "", "no Route matched with those values\n")]
    public void Write_OtherThanJson_HasNoPlaceForTheRequestId(string accept, string first, string second)
    {
        ErrorRepresentation chosen = KongErrors.NoRoute.Select(Encoding.UTF8.GetBytes(accept));
        string text = Encoding.UTF8.GetString(chosen.ToArray(RequestId));
        Assert.Contains(first, text);
        Assert.Contains(second, text);
        Assert.Equal(Encoding.UTF8.GetString(chosen.ToArray(default)), text);
    }

    [Fact]
    public void Write_Json_IsValidWithAndWithoutRequestId()
    {
        KongErrorBody body = KongErrorBody.Templated("say \"no\" \\ <b> \u00e9");
        foreach (byte[] id in new[] { RequestId, [] })
        {
            using JsonDocument json = JsonDocument.Parse(body.Select(default).ToArray(id));
            Assert.Equal("say \"no\" \\ <b> \u00e9", json.RootElement.GetProperty("message").GetString());
            Assert.Equal(id.Length > 0, json.RootElement.TryGetProperty("request_id", out _));
        }
    }

    [Fact]
    public void Write_Markup_IsEscaped() =>
        Assert.Contains("a&lt;b&gt;&amp;c", Encoding.UTF8.GetString(KongErrorBody.Templated("a<b>&c").Get(ErrorMediaType.Html).ToArray(default)));

    [Fact]
    public void Compact_AnyAccept_IsJsonWithoutSpaceOrRequestId()
    {
        ErrorRepresentation chosen = KongErrorBody.Compact("Unauthorized").Select("text/html"u8);
        Assert.Equal("{\"message\":\"Unauthorized\"}", Encoding.UTF8.GetString(chosen.ToArray(RequestId)));
        Assert.Equal(26, chosen.GetLength(RequestId.Length));
    }

    [Theory]
    [InlineData(400, "Bad request")]
    [InlineData(404, "Not found")]
    [InlineData(405, "Method not allowed")]
    [InlineData(408, "Request timeout")]
    [InlineData(411, "Length required")]
    [InlineData(412, "Precondition failed")]
    [InlineData(413, "Payload too large")]
    [InlineData(414, "URI too long")]
    [InlineData(417, "Expectation failed")]
    [InlineData(494, "Request header or cookie too large")]
    [InlineData(500, "An unexpected error occurred")]
    [InlineData(502, "An invalid response was received from the upstream server")]
    [InlineData(503, "The upstream server is currently unavailable")]
    [InlineData(504, "The upstream server is timing out")]
    [InlineData(501, "The upstream server responded with 501")]
    public void ForStatus_ServerLayer_HasKongsText(int status, string message) => Assert.Equal(message, KongErrors.ForStatus(status).Message);

    [Fact]
    public void Select_NoAccept_UsesFallback() =>
        Assert.Equal("text/plain; charset=utf-8", Encoding.UTF8.GetString(KongErrors.Timeout.Select(default, ErrorMediaType.Plain).ContentType));
}
