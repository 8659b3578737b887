using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Origin;

namespace VoltageSoda.Edge.LoadTests.Scenarios;

/// <summary>Requests for the fixed origin's bodies, with the answers that are then due.</summary>
public static class OriginSteps
{
    /// <summary>GET of the body of that name: <c>1k</c>, <c>64k</c> or <c>1m</c>.</summary>
    public static Step Get(string body, string prefix = "")
    {
        int size = OriginBodies.Sizes.First(entry => entry.Name == body).Size;
        return new Step("get-" + body, $"{prefix}/{body}")
        {
            Expect = new Expectation { BodyLength = size, BodySha256 = OriginBodies.HashOf(size) },
        };
    }

    /// <summary>POST of a body of this many bytes; the answer is the 1 KiB body.</summary>
    public static Step Post(int size) =>
        Get("1k") with { Name = "post", Method = "POST", Headers = [("Content-Type", "text/plain")], Body = OriginBodies.Of(size) };
}
