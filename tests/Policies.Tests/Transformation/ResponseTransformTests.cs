using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Tests.Transformation;

public sealed class ResponseTransformTests
{
    [Fact]
    public void Headers_RemovedAndAdded_IsNotAddedAgainIfItWasThere()
    {
        EditLists lists = new() { Remove = ["A"], Add = Pairs("A:new") };
        AssertHeaders(lists, ["A: 1", "a: 2", "B: 3"], ["B: 3"]);
        AssertHeaders(lists, ["B: 3"], ["B: 3", "A: new"]);
    }

    [Fact]
    public void Headers_RemovedAndReplaced_IsReplacedIfItWasThere()
    {
        EditLists lists = new() { Remove = ["A"], Replace = Pairs("A:new") };
        AssertHeaders(lists, ["A: 1"], ["A: new"]);
        AssertHeaders(lists, [], []);
    }

    [Fact]
    public void Headers_Rename_KeepsTheValue()
    {
        AssertHeaders(new EditLists { Rename = Pairs("Old:New-Name") }, ["old: 1", "old: 2", "New-Name: gone"], ["New-Name: 1", "New-Name: 2"]);
        AssertHeaders(new EditLists { Rename = Pairs("Old:New") }, ["B: 1"], ["B: 1"]);
        AssertHeaders(new EditLists { Remove = ["Old"], Rename = Pairs("Old:New") }, ["Old: 1"], ["New: 1"]);
        AssertHeaders(new EditLists { Rename = Pairs("A:B", "B:C") }, ["A: 1"], ["B: 1"]); // B was not there at the start.
    }

    [Fact]
    public void Headers_RenamedThenAdded_SeesTheSnapshot() =>
        AssertHeaders(new EditLists { Rename = Pairs("A:B"), Add = Pairs("A:x", "B:y") }, ["A: 1"], ["B: y"]);

    [Fact]
    public void Headers_Add_OnlyAbsentOnes() =>
        AssertHeaders(new EditLists { Add = Pairs("X-Powered-By:Voltage-Soda", "B:2") }, ["x-powered-by: up"], ["x-powered-by: up", "B: 2"]);

    [Fact]
    public void Headers_Append_AddsALine() => AssertHeaders(new EditLists { Append = Pairs("A:2") }, ["A: 1"], ["A: 1", "A: 2"]);

    [Fact]
    public void Headers_NoValue_IsSkipped() => AssertHeaders(
        new EditLists { Rename = [new("A", null)], Replace = [new("A", null)], Add = [new("B", "")] }, ["A: 1"], ["A: 1"]);

    [Fact]
    public void Headers_DollarSign_IsText() => AssertHeaders(new EditLists { Add = Pairs("A:$(headers.x)") }, [], ["A: $(headers.x)"]);

    [Fact]
    public void Headers_Edits_AllocateNothing()
    {
        ResponseTransform transform = new(new ResponseTransformOptions
        {
            Headers = new EditLists { Remove = ["A"], Rename = Pairs("B:C"), Replace = Pairs("D:1"), Add = Pairs("E:1"), Append = Pairs("F:1") },
        });
        DiscardingEdits edits = new(HeaderList.Of("A: 1", "B: 2", "D: 3"));
        Assert.Equal(0, Allocations.Measure(() => transform.EditHeaders(ref edits)));
        Assert.True(edits.Edits > 0);
    }

    [Theory]
    [InlineData("{\"a\":1,\"b\":2}", "{\"b\":\"two\",\"n\":1.5,\"t\":true,\"f\":false,\"l\":[\"x\",3]}")]
    [InlineData("{\"b\":false,\"l\":\"s\"}", "{\"b\":false,\"l\":[\"s\",\"x\",3],\"n\":1.5,\"t\":true,\"f\":false}")]
    public void Json_Edits_ApplyInOrder(string body, string expected)
    {
        ResponseTransform transform = new(new ResponseTransformOptions
        {
            RemoveJson = ["a"],
            ReplaceJson = [new("b", "two")],
            AddJson =
            [
                new("n", "1.5", JsonValueKindHint.Number), new("t", "true", JsonValueKindHint.Boolean), new("f", "yes", JsonValueKindHint.Boolean),
                new("skipped", "not a number", JsonValueKindHint.Number), new("none", null),
            ],
            AppendJson = [new("l", "x"), new("l", "3", JsonValueKindHint.Number)],
        });
        Assert.True(transform.HasJsonEdits);
        Assert.True(transform.EditsBodyOf("application/json; charset=utf-8"u8));
        Assert.False(transform.EditsBodyOf("text/html"u8));
        ArrayBufferWriter<byte> output = new();
        Assert.Equal(BodyEditOutcome.Changed, transform.EditJson(Encoding.UTF8.GetBytes(body), output));
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Json_Rename_OnlyPresentOnes()
    {
        ResponseTransform transform = new(new ResponseTransformOptions { RenameJson = Pairs("a:b", "x:c") });
        ArrayBufferWriter<byte> output = new();
        Assert.Equal(BodyEditOutcome.Changed, transform.EditJson("{\"a\":1,\"c\":2}"u8, output));
        Assert.Equal("{\"b\":1,\"c\":2}", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"a\":1")]
    [InlineData("\u001f\u008b")]
    public void Json_NotAnObject_IsLeftAlone(string body)
    {
        ResponseTransform transform = new(new ResponseTransformOptions { RemoveJson = ["a"] });
        ArrayBufferWriter<byte> output = new();
        Assert.Equal(BodyEditOutcome.Unchanged, transform.EditJson(Encoding.UTF8.GetBytes(body), output));
        Assert.Equal(0, output.WrittenCount);
    }

    private static void AssertHeaders(EditLists lists, string[] before, string[] after)
    {
        ResponseTransform transform = new(new ResponseTransformOptions { Headers = lists });
        HeaderList headers = HeaderList.Of(before);
        transform.EditHeaders(ref headers);
        Assert.Equal(after, headers.Lines);
    }

    private static ImmutableArray<NameValue> Pairs(params string[] entries) =>
        [.. entries.Select(static e => new NameValue(e[..e.IndexOf(':')], e[(e.IndexOf(':') + 1)..]))];
}
