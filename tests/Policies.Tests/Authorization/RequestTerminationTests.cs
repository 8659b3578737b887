using System.Text;
using VoltageSoda.Edge.Policies.Authorization;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Authorization;

public sealed class RequestTerminationTests
{
    [Theory]
    [InlineData(401, "Unauthorized")]
    [InlineData(404, "Not found")]
    [InlineData(405, "Method not allowed")]
    [InlineData(500, "An unexpected error occurred")]
    [InlineData(502, "Bad Gateway")]
    [InlineData(503, "Service unavailable")]
    [InlineData(200, null)]
    [InlineData(403, null)]
    [InlineData(418, null)]
    public void Body_WithoutMessage_IsKongsForTheStatus(int status, string? message) =>
        Assert.Equal(
            message is null ? null : $"{{\"message\":\"{message}\"}}", new RequestTermination(new TerminationOptions { StatusCode = status }).Body?.ToString());

    [Fact]
    public void Body_Given_IsSentAsItIs()
    {
        RequestTermination plain = new(new TerminationOptions { Body = "{\"a\": 1}", ContentType = "application/vnd.a+json" });
        RequestTermination bare = new(new TerminationOptions { Body = "x" });

        Assert.Equal("{\"a\": 1}", plain.Body!.ToString());
        Assert.Equal("application/vnd.a+json", Encoding.UTF8.GetString(plain.Body.Select("text/html"u8).ContentType));
        Assert.True(bare.Body!.Select("text/html"u8).ContentType.IsEmpty);
        Assert.Equal("{\"message\":\"hi\"}", new RequestTermination(new TerminationOptions { Message = "hi" }).Body!.ToString());
    }

    [Theory]
    [InlineData(null, "", "", true)]
    [InlineData("x-stop", "", "", false)]
    [InlineData("x-stop", "X-Stop: 1", "", true)]
    [InlineData("x-stop", "", "x-stop", true)]
    [InlineData("x-stop", "", "a=1&x%2Dstop=", true)]
    [InlineData("x-stop", "", "X-STOP=1", false)]
    public void Answers_OnlyWithItsTrigger(string? trigger, string field, string query, bool answers)
    {
        HeaderList headers = HeaderList.Of(field.Length == 0 ? [] : [field]);

        Assert.Equal(
            answers, new RequestTermination(new TerminationOptions { Trigger = trigger }).Answers(Encoding.UTF8.GetBytes(query), ref headers));
    }
}
