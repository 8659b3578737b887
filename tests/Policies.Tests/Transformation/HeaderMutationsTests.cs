using System.Text;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Tests.Transformation;

[Collection("alone")]
public sealed class HeaderMutationsTests
{
    [Fact]
    public void Apply_OneLevel_RemovesThenSetsThenAdds()
    {
        HeaderLevel level = new()
        {
            Remove = ["X-Gone", "x-set"],
            Set = [Field("X-Set", "new")],
            Add = [Field("x-add", "two"), Field("x-set", "more")],
        };

        Assert.Equal(
            ["x-add: one", "x-set: new", "x-add: two", "x-set: more"],
            Request(HeaderMutations.Of(level), "x-gone: 1", "X-SET: old", "x-add: one").Lines);
    }

    [Fact]
    public void Apply_TwoLevels_LetsTheSecondWin()
    {
        HeaderMutations mutations = HeaderMutations.Of(
            new HeaderLevel { Set = [Field("x-a", "first")], Add = [Field("x-b", "first")] },
            new HeaderLevel { Set = [Field("x-a", "second")], Remove = ["x-b"] });

        Assert.Equal(["x-a: second"], Request(mutations, "x-b: client").Lines);
    }

    [Fact]
    public void With_TwoListsInOneLevel_RemovesBeforeEverySet()
    {
        HeaderLevel route = new() { Set = [Field("x-a", "route")] };
        HeaderLevel destination = new() { Set = [Field("x-a", "destination")], Remove = ["x-a"] };

        Assert.Equal(["x-a: destination"], Request(HeaderMutations.Of(route.With(destination)), "x-a: client").Lines);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("100%%", "100%")]
    [InlineData("%REQ(X-User)%", "alice")]
    [InlineData("%REQ(x-user):2%!", "al!")]
    [InlineData("%REQ(x-none?x-user)%", "alice")]
    [InlineData("<%REQ(:METHOD)% %REQ(:path)% %REQ(:authority)% %REQ(:scheme)%>", "<GET /p?q a.com https>")]
    [InlineData("%PROTOCOL%", "HTTP/1.1")]
    [InlineData("%ROUTE_NAME%:x", "a-name-much-longer-than-the-first-buffer:x")]
    [InlineData("%REQ(x-none)%", null)] // Nothing to write.
    [InlineData("%UPSTREAM_HOST%", null)]
    public void Apply_Operators_AreFilledIn(string value, string? expected) =>
        Assert.Equal(expected is null ? ["x-user: alice"] : ["x-user: alice", $"x-out: {expected}"],
            Request(HeaderMutations.Of(new HeaderLevel { Add = [Field("X-Out", value)] }), "x-user: alice").Lines);

    [Fact]
    public void Apply_ValueOfAFieldThatIsSetBesides_IsReadBefore()
    {
        HeaderLevel level = new() { Set = [Field("x-a", "new")], Add = [Field("x-copy", "%REQ(x-a)%")] };

        Assert.Equal("old", Request(HeaderMutations.Of(level), "x-a: old").Get("x-copy"));
    }

    [Fact]
    public void ApplyResponse_Operators_ReadBothHeads()
    {
        HeaderMutations mutations = HeaderMutations.Of(new HeaderLevel { Set = [Field("x-out", "%REQ(x-user)%/%RESP(x-up)%/%RESPONSE_CODE%")] });
        HeaderList request = HeaderList.Of("x-user: alice");
        HeaderList response = HeaderList.Of("X-Up: one");
        Values values = default;
        mutations.ApplyResponse(ref request, ref response, Facts(), ref values);

        Assert.Equal("alice/one/200", response.Get("x-out"));
    }

    [Theory]
    [InlineData("%REQ(x", "does not end")]
    [InlineData("50%", "does not end")]
    [InlineData("%NO_SUCH%", "not an operator")]
    [InlineData("%REQ()%", "name of a header field")]
    [InlineData("%REQ%", "name of a header field")]
    [InlineData("%REQ(a?b?c)%", "one alternative")]
    [InlineData("%REQ(a):x%", "number of bytes")]
    public void Parse_Invalid_SaysWhy(string value, string part)
    {
        Assert.False(OperatorText.TryParse(value, out _, out string? error));
        Assert.Contains(part, error);
    }

    [Fact]
    public void Of_EmptyLevels_IsNone()
    {
        Assert.True(HeaderMutations.Of(new HeaderLevel(), new HeaderLevel()).IsNone);
        Assert.False(HeaderMutations.Of(new HeaderLevel { Remove = ["a"] }).IsNone);
        Assert.False(HeaderMutations.Of(new HeaderLevel { Set = [Field("a", "b")] }).HasOperators);
    }

    [Fact]
    public void Apply_Warm_AllocatesNothing()
    {
        HeaderMutations mutations = HeaderMutations.Of(
            new HeaderLevel { Remove = ["x-a"], Set = [Field("x-b", "literal")] }, new HeaderLevel { Add = [Field("x-c", "%REQ(x-user)%-%PROTOCOL%")] });
        DiscardingEdits edits = new(HeaderList.Of("x-user: alice"));
        Values values = default;

        Assert.Equal(0, Allocations.Measure(() => mutations.ApplyRequest(ref edits, Facts(), ref values)));
        Assert.Equal(1200 * 3, edits.Edits);
    }

    private static FieldValue Field(string name, string value) =>
        OperatorText.TryParse(value, out OperatorText? text, out string? error) ? new FieldValue(name, text) : throw new ArgumentException(error, nameof(value));

    private static HeaderList Request(HeaderMutations mutations, params string[] lines)
    {
        HeaderList message = HeaderList.Of(lines);
        Values values = default;
        mutations.ApplyRequest(ref message, Facts(), ref values);
        return message;
    }

    private static MeshRequest Facts() => new() { Method = "GET"u8, Authority = "a.com"u8, PathAndQuery = "/p?q"u8, Scheme = "https"u8 };

    private struct Values : IMeshOperatorValues
    {
        public readonly int Format(MeshOperator @operator, scoped Span<byte> destination)
        {
            string text = @operator switch
            {
                MeshOperator.Protocol => "HTTP/1.1",
                MeshOperator.ResponseCode => "200",
                MeshOperator.RouteName => "a-name-much-longer-than-the-first-buffer",
                _ => "",
            };

            // Pretends to need room, so that the caller has to ask again.
            int needed = @operator == MeshOperator.RouteName ? 1_000 : text.Length;
            return destination.Length < needed ? -1 : Encoding.ASCII.GetBytes(text, destination);
        }
    }
}
