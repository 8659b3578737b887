using System.Globalization;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Plugins;

/// <summary>The sample's limit on the backend, used up by its administrator.</summary>
public sealed class SeedQuotaTests(SeedEdge seed) : IClassFixture<SeedEdge>
{
    [Fact]
    public async Task Backend_OverTheLimit_Gets429AndOthersDoNot()
    {
        string token = "Authorization: Bearer " + SeedEdge.Token("admin");
        string request = SeedEdge.Request("GET /api/v1/orders", token);
        await using RawClient client = await seed.ConnectAsync();
        RawResponse response = await client.ExchangeAsync(request);
        Assert.Equal(200, response.Status);
        Assert.Equal("1000", response.Header("X-RateLimit-Limit-Minute"));
        Assert.Equal("10000", response.Header("X-RateLimit-Limit-Hour"));

        // A minute may end on the way; then its successor's allowance is used up too.
        int sent = 1;
        while (response.Status == 200 && sent < 2500)
        {
            int before = Remaining(response);
            response = await client.ExchangeAsync(request);
            sent++;
            Assert.True(response.Status == 429 || Remaining(response) == before - 1 || Remaining(response) == 999, $"{before} then {Remaining(response)}");
        }

        Assert.Equal(429, response.Status);
        Assert.Equal("1000", response.Header("RateLimit-Limit"));
        Assert.Equal("0", response.Header("RateLimit-Remaining"));
        Assert.Equal("0", response.Header("X-RateLimit-Remaining-Minute"));
        Assert.InRange(int.Parse(response.Header("Retry-After")!, CultureInfo.InvariantCulture), 1, 60);
        Assert.Equal(response.Header("RateLimit-Reset"), response.Header("Retry-After"));
        Assert.Contains("\"message\":\"API rate limit exceeded\"", response.Body);
        Assert.Equal("SAMEORIGIN", response.Header("X-Frame-Options"));
        Assert.Null(response.Header("Via"));

        // Counted by consumer for the backend and by address for the flavors; the frontend has no limit.
        Assert.Equal(200, (await seed.SendAsync("GET /api/flavors")).Status);
        Assert.Equal(200, (await seed.SendAsync("GET /", token)).Status);
    }

    private static int Remaining(RawResponse response) =>
        int.Parse(response.Header("X-RateLimit-Remaining-Minute")!, CultureInfo.InvariantCulture);
}
