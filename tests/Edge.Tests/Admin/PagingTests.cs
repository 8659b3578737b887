using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Tests.Admin;

public sealed class PagingTests : IAsyncLifetime
{
    private AdminEdge _edge = null!;

    public async Task InitializeAsync()
    {
        StringBuilder kong = new("_format_version: \"3.0\"\nconsumers:\n");
        for (int i = 0; i < 250; i++)
        {
            kong.Append($"- username: user-{i}\n  tags: [{(i % 2 == 0 ? "even" : "odd")}]\n");
        }

        _edge = await AdminEdge.StartAsync(kong.ToString());
    }

    public async Task DisposeAsync() => await _edge.DisposeAsync();

    [Theory]
    [InlineData("/consumers", 250, 3)]
    [InlineData("/consumers?size=250", 250, 1)]
    [InlineData("/consumers?size=7", 250, 36)]
    [InlineData("/consumers?size=10&tags=even", 125, 13)]
    [InlineData("/tags?size=100", 250, 3)]
    [InlineData("/tags/odd", 125, 2)]
    public async Task Next_FollowedToItsEnd_GivesEveryEntityOnce(string path, int count, int pages)
    {
        HashSet<string> seen = [];
        int pagesSeen = 0;
        for (string? next = path; next is not null; pagesSeen++)
        {
            JsonObject page = (await _edge.GetAsync(next)).AsObject();
            Assert.All(page["data"]!.AsArray(), item => Assert.True(seen.Add((item!["id"] ?? item["entity_id"])!.GetValue<string>())));
            next = page["next"]?.GetValue<string>();
            Assert.Equal(next is not null, page.ContainsKey("offset"));
        }

        Assert.Equal((count, pages), (seen.Count, pagesSeen));
    }

    [Fact]
    public async Task Next_CarriesSizeAndTags()
    {
        JsonNode page = await _edge.GetAsync("/consumers?size=2&tags=even");
        string offset = page["offset"]!.GetValue<string>();
        Assert.Equal($"/consumers?offset={Uri.EscapeDataString(offset)}&tags=even&size=2", page["next"]!.GetValue<string>());
        Assert.Equal("Mg", offset);
    }

    [Theory]
    [InlineData("size=x", 9, "invalid size", "size must be a number")]
    [InlineData("size=0", 9, "invalid size", "size must be an integer between 1 and 1000")]
    [InlineData("size=1001", 9, "invalid size", "size must be an integer between 1 and 1000")]
    [InlineData("size=1.5", 9, "invalid size", "size must be an integer between 1 and 1000")]
    [InlineData("offset=x", 7, "invalid offset", "'x' is not a valid offset: bad base64 encoding")]
    [InlineData("offset=%7Cpotato%7C", 7, "invalid offset", "'|potato|' is not a valid offset: bad base64 encoding")]
    [InlineData("offset=eHg", 7, "invalid offset", "'eHg' is not a valid offset: invalid offset")]
    [InlineData("offset=", 7, "invalid offset", "'' is not a valid offset: bad base64 encoding")]
    public async Task Query_Bad_Is400(string query, int code, string name, string message)
    {
        (HttpStatusCode status, JsonNode? body) = await _edge.CallAsync(HttpMethod.Get, "/consumers?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal((code, name, message), (body!["code"]!.GetValue<int>(), body["name"]!.GetValue<string>(), body["message"]!.GetValue<string>()));
    }
}
