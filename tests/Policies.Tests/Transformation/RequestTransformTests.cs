using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using VoltageSoda.Edge.Policies.Tests.Facts;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Tests.Transformation;

public sealed class RequestTransformTests
{
    [Fact]
    public void Headers_Remove_IgnoresCase() =>
        AssertHeaders(new EditLists { Remove = ["x-a", "Absent"] }, ["X-A: 1", "X-a: 2", "B: 3"], ["B: 3"]);

    [Fact]
    public void Headers_Rename_LowersTheNewNameAndOverwrites()
    {
        AssertHeaders(new EditLists { Rename = Pairs("X-Old:X-New") }, ["X-Old: 1"], ["x-new: 1"]);
        AssertHeaders(new EditLists { Rename = Pairs("X-Old:X-New") }, ["X-New: kept", "X-Old: 1"], ["x-new: 1"]);
        AssertHeaders(new EditLists { Rename = Pairs("X-Old:X-New") }, ["X-New: kept"], ["X-New: kept"]);
        AssertHeaders(new EditLists { Rename = Pairs("X-A:x-A") }, ["X-A: 1"], ["x-A: 1"]);
        AssertHeaders(new EditLists { Rename = Pairs("X-API-Version:API-Version") }, ["X-API-Version: v2"], ["api-version: v2"]);
    }

    [Fact]
    public void Headers_Replace_OnlyPresentOnesAndHost()
    {
        AssertHeaders(new EditLists { Replace = Pairs("X-A:new") }, ["X-A: 1", "X-A: 2"], ["x-a: new"]);
        AssertHeaders(new EditLists { Replace = Pairs("X-A:new") }, ["B: 1"], ["B: 1"]);
        AssertHeaders(new EditLists { Replace = Pairs("Host:other.com") }, ["Host: a.com"], ["host: other.com"]);
        AssertHeaders(new EditLists { Replace = Pairs("Host:other.com") }, [], ["host: other.com"]);
    }

    [Fact]
    public void Headers_Add_OnlyAbsentOnesNeverHost()
    {
        AssertHeaders(new EditLists { Add = Pairs("X-Case:new") }, ["B: 1"], ["B: 1", "X-Case: new"]);
        AssertHeaders(new EditLists { Add = Pairs("X-A:new") }, ["x-a: 1"], ["x-a: 1"]);
        AssertHeaders(new EditLists { Add = Pairs("Host:evil") }, [], []);
        AssertHeaders(new EditLists { Add = [new NameValue("X-A", null), new NameValue("X-B", "")] }, [], []);
    }

    [Fact]
    public void Headers_Append_AddsALine() =>
        AssertHeaders(new EditLists { Append = Pairs("X-A:2", "X-B:1") }, ["X-A: 1"], ["X-A: 1", "X-A: 2", "X-B: 1"]);

    [Fact]
    public void Headers_Order_IsRemoveRenameReplaceAddAppend() => AssertHeaders(
        new EditLists
        {
            Remove = ["A"],
            Rename = Pairs("B:A"),
            Replace = Pairs("A:replaced"),
            Add = Pairs("B:added", "C:added"),
            Append = Pairs("C:appended"),
        },
        ["A: 1", "B: 2"],
        ["a: replaced", "B: added", "C: added", "C: appended"]);

    [Fact]
    public void Headers_RemovedThenAdded_IsAdded() =>
        AssertHeaders(new EditLists { Remove = ["A"], Add = Pairs("A:new") }, ["A: 1"], ["A: new"]);

    [Fact]
    public void Headers_Templates_SeeTheFieldsAsTheyCame()
    {
        RequestTransform transform = new(new RequestTransformOptions
        {
            Headers = new EditLists { Remove = ["A"], Add = Pairs("X-Copy:$(headers.a)", "X-Two:<$(headers[\"X-Copy\"] or 'none')>") },
        });
        HeaderList headers = HeaderList.Of("A: 1");
        Assert.True(transform.TryEditHeaders(default, ref headers));
        Assert.Equal(["X-Copy: 1", "X-Two: <none>"], headers.Lines);
    }

    [Theory]
    [InlineData("q=a%0d%0aX-Evil:%201")]
    [InlineData("q=a%00b")]
    [InlineData("q=%7f")]
    public void Headers_ControlBytesInATemplate_Fail(string query)
    {
        RequestTransform transform = new(new RequestTransformOptions { Headers = new EditLists { Remove = ["A"], Add = Pairs("X:$(query_params.q)") } });
        HeaderList headers = HeaderList.Of("A: 1");
        Assert.False(transform.TryEditHeaders(new TemplateFacts { Query = Encoding.UTF8.GetBytes(query) }, ref headers));
        Assert.Equal(["A: 1"], headers.Lines);
    }

    [Theory]
    [InlineData("/new/$(headers.x)", "", "/new/abc")]
    [InlineData("/a b", "", "/a%20b")]
    [InlineData("/$(query_params.q)", "q=x%3Fy%23z", "/x%3Fy%23z")]
    [InlineData("/fixed?a=$(query_params.q)", "q=1", "/fixed?a=1")]
    [InlineData("$(headers.absent)", "", null)]
    [InlineData("no-slash", "", null)]
    [InlineData("/x/$(query_params.q)", "q=..%2F..%2Fetc", null)]
    [InlineData("/x/$(query_params.q)/y", "q=.", null)]
    public void Uri_Template_GivesAPathOrFails(string template, string query, string? expected)
    {
        RequestTransform transform = new(new RequestTransformOptions { ReplaceUri = template });
        HeaderList headers = HeaderList.Of("X: abc");
        ArrayBufferWriter<byte> output = new();
        Assert.Equal(expected is not null, transform.TryWriteUri(new TemplateFacts { Query = Encoding.UTF8.GetBytes(query) }, ref headers, output));
        Assert.Equal(expected ?? "", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Flags_Options_TellTheStages()
    {
        RequestTransform none = new(new RequestTransformOptions());
        Assert.False(none.HasUri || none.HasHeaderEdits || none.HasQueryEdits || none.HasBodyEdits || !none.Method.IsEmpty);
        RequestTransform all = new(new RequestTransformOptions
        {
            HttpMethod = "get",
            ReplaceUri = "/",
            Headers = new EditLists { Remove = ["A"] },
            QueryString = new EditLists { Remove = ["a"] },
            Body = new EditLists { Remove = ["a"] },
        });
        Assert.True(all.HasUri && all.HasHeaderEdits && all.HasQueryEdits && all.HasBodyEdits);
        Assert.Equal("GET", Encoding.UTF8.GetString(all.Method));
        Assert.True(all.MovesFormToQuery("application/x-www-form-urlencoded"u8));
        Assert.False(all.MovesFormToQuery("application/json"u8));
        Assert.True(all.EditsBodyOf("Application/JSON; charset=utf-8"u8));
        Assert.False(all.EditsBodyOf("text/plain"u8));
        Assert.False(none.EditsBodyOf("application/json"u8));
    }

    [Theory]
    [InlineData("remove", "b", "a=1&b=2&c=3&b=4&b", "a=1&c=3")]
    [InlineData("remove", "b b", "a=1&b%20b=2&b+b=3", "a=1")]
    [InlineData("rename", "a:z", "a=1&b=2&a=3", "z=1&b=2&z=3")]
    [InlineData("rename", "a:b", "a=1&b=2", "b=1")]
    [InlineData("rename", "x:b", "a=1&b=2", "a=1")] // Kong 3.4 drops the target.
    [InlineData("replace", "a:new value", "a=1&b=2&a=3", "a=new%20value&b=2")]
    [InlineData("replace", "x:1", "a=1", "a=1")]
    [InlineData("add", "x:\u00e9&=", "a=1", "a=1&x=%C3%A9%26%3D")]
    [InlineData("add", "a:2", "a", "a")]
    [InlineData("append", "a:2", "a=1&b=%2f+", "a=1&b=%2f+&a=2")]
    [InlineData("append", "a:$(query_params.a)x", "a=%31", "a=%31&a=1x")]
    [InlineData("remove", "a", "a=1", "")]
    [InlineData("add", "a:1", "", "a=1")]
    public void Query_Edits_KeepTheRest(string verb, string entry, string query, string expected)
    {
        RequestTransform transform = new(new RequestTransformOptions { QueryString = Lists(verb, entry) });
        HeaderList headers = HeaderList.Of();
        ArrayBufferWriter<byte> output = new();
        Assert.True(transform.TryEditQuery(new TemplateFacts { Query = Encoding.UTF8.GetBytes(query) }, ref headers, output));
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("remove", "b", "{\"a\":1,\"b\":{\"b\":2}, \"c\" : [ 1 ]}", "{\"a\":1,\"c\":[ 1 ]}")]
    [InlineData("rename", "a:z", "{\"a\":1.50,\"b\":2}", "{\"z\":1.50,\"b\":2}")]
    [InlineData("rename", "x:b", "{\"a\":1,\"b\":2}", "{\"a\":1}")]
    [InlineData("replace", "a:say \"x\"", "{\"a\":1}", "{\"a\":\"say \\\"x\\\"\"}")]
    [InlineData("replace", "a:x", "{\"a\":false}", "{\"a\":false}")] // False is not present, as in Lua.
    [InlineData("replace", "x:1", "{\"a\":1}", "{\"a\":1}")]
    [InlineData("add", "b:2", "{\"a\":1}", "{\"a\":1,\"b\":\"2\"}")]
    [InlineData("add", "a:2", "{\"a\":null}", "{\"a\":null}")]
    [InlineData("add", "a:2", "{\"a\":false}", "{\"a\":\"2\"}")]
    [InlineData("add", "a:2", "", "{\"a\":\"2\"}")]
    [InlineData("append", "a:2", "{\"a\":\"1\"}", "{\"a\":[\"1\",\"2\"]}")]
    [InlineData("append", "a:2", "{\"a\":[1]}", "{\"a\":[1,\"2\"]}")]
    [InlineData("append", "a:2", "{\"a\":[ ]}", "{\"a\":[\"2\"]}")]
    [InlineData("append", "a:2", "{}", "{\"a\":[\"2\"]}")]
    [InlineData("remove", "a", "", null)]
    [InlineData("remove", "a", "{\"a\":", null)]
    [InlineData("remove", "a", "[1]", null)]
    [InlineData("remove", "\u00e9", "{\"\\u00e9\":1}", "{}")]
    public void JsonBody_Edits_KeepTheRest(string verb, string entry, string body, string? expected) =>
        AssertBody("application/json", verb, entry, body, expected);

    [Theory]
    [InlineData("remove", "b", "a=1&b=2", "a=1")]
    [InlineData("rename", "a:z", "a=1&b=2", "z=1&b=2")]
    [InlineData("add", "x:1", "", "x=1")]
    [InlineData("append", "a:2", "a=1", "a=1&a=2")]
    public void FormBody_Edits_KeepTheRest(string verb, string entry, string body, string expected) =>
        AssertBody("application/x-www-form-urlencoded", verb, entry, body, expected);

    [Theory]
    [InlineData("remove", "a", "b=2 file=data")]
    [InlineData("remove", "file", "a=1 b=2")] // Found by its name, whatever its file name says.
    [InlineData("remove", "name=", "a=1 b=2 file=data")]
    [InlineData("rename", "a:z", "b=2 file=data z=1")]
    [InlineData("replace", "a:new", "b=2 file=data a=new")]
    [InlineData("add", "c:3", "a=1 b=2 file=data c=3")]
    [InlineData("add", "a:3", "a=1 b=2 file=data")]
    [InlineData("append", "a:3", "a=1 b=2 file=data")] // Kong has no append for multipart.
    public void MultipartBody_Edits_KeepTheRest(string verb, string entry, string expected)
    {
        const string body = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX\r\ncontent-disposition: form-data; name=\"b\"\r\n\r\n2\r\n"
            + "--XX\r\nContent-Disposition: form-data; filename=\"name=\"; name=\"file\"\r\nContent-Type: text/plain\r\n\r\ndata\r\n--XX--\r\n";
        RequestTransform transform = new(new RequestTransformOptions { Body = Lists(verb, entry) });
        HeaderList headers = HeaderList.Of();
        ArrayBufferWriter<byte> output = new();
        BodyEditOutcome outcome = transform.TryEditBody(
            default, ref headers, "multipart/form-data; charset=x; boundary=\"XX\""u8, Encoding.UTF8.GetBytes(body), output);
        Assert.Equal(BodyEditOutcome.Changed, outcome);
        string text = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.Equal(expected, Parts(text));
        Assert.EndsWith("--XX--\r\n", text);
        Assert.Equal(expected.Contains("file"), text.Contains("Content-Type: text/plain"));
    }

    [Theory]
    [InlineData("multipart/form-data", "--XX\r\n\r\n\r\n--XX--")]
    [InlineData("multipart/form-data; boundary=XX", "junk")]
    [InlineData("multipart/form-data; boundary=XX", "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1")]
    [InlineData("multipart/form-data; boundary=XX", "--XX\r\nno blank line\r\n--XX--")]
    public void MultipartBody_Malformed_IsLeftAlone(string contentType, string body)
    {
        RequestTransform transform = new(new RequestTransformOptions { Body = Lists("remove", "a") });
        HeaderList headers = HeaderList.Of();
        ArrayBufferWriter<byte> output = new();
        Assert.Equal(
            BodyEditOutcome.Unchanged,
            transform.TryEditBody(default, ref headers, Encoding.UTF8.GetBytes(contentType), Encoding.UTF8.GetBytes(body), output));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void Construct_BadTemplate_IsRefused() =>
        Assert.Throws<ArgumentException>(static () => new RequestTransform(new RequestTransformOptions { ReplaceUri = "$(" }));

    [Fact]
    public void Headers_Edits_AllocateNothing()
    {
        RequestTransform plain = new(new RequestTransformOptions
        {
            Headers = new EditLists { Remove = ["A"], Rename = Pairs("B:C"), Replace = Pairs("D:1"), Add = Pairs("E:1"), Append = Pairs("F:1") },
        });
        RequestTransform templates = new(new RequestTransformOptions { Headers = new EditLists { Add = Pairs("X:$(headers.d or 'none')") } });
        DiscardingEdits edits = new(HeaderList.Of("A: 1", "B: 2", "D: 3"));
        Assert.Equal(0, Allocations.Measure(() =>
        {
            Assert.True(plain.TryEditHeaders(default, ref edits));
            Assert.True(templates.TryEditHeaders(default, ref edits));
        }));
        Assert.True(edits.Edits > 0);
    }

    private static void AssertHeaders(EditLists lists, string[] before, string[] after)
    {
        RequestTransform transform = new(new RequestTransformOptions { Headers = lists });
        HeaderList headers = HeaderList.Of(before);
        Assert.True(transform.TryEditHeaders(default, ref headers));
        Assert.Equal(after, headers.Lines);
    }

    private static void AssertBody(string contentType, string verb, string entry, string body, string? expected)
    {
        RequestTransform transform = new(new RequestTransformOptions { Body = Lists(verb, entry) });
        HeaderList headers = HeaderList.Of();
        ArrayBufferWriter<byte> output = new();
        BodyEditOutcome outcome = transform.TryEditBody(
            default, ref headers, Encoding.UTF8.GetBytes(contentType), Encoding.UTF8.GetBytes(body), output);
        Assert.Equal(expected is null ? BodyEditOutcome.Unchanged : BodyEditOutcome.Changed, outcome);
        Assert.Equal(expected ?? "", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private static string Parts(string multipart) => string.Join(' ', multipart.Split("--XX\r\n", StringSplitOptions.RemoveEmptyEntries).Select(static part =>
    {
        int name = part.IndexOf(" name=\"", StringComparison.Ordinal) + 7;
        int blank = part.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        return part[name..part.IndexOf('"', name)] + "=" + part[blank..part.IndexOf("\r\n", blank, StringComparison.Ordinal)];
    }));

    private static EditLists Lists(string verb, string entry) => verb switch
    {
        "remove" => new EditLists { Remove = [entry] },
        "rename" => new EditLists { Rename = Pairs(entry) },
        "replace" => new EditLists { Replace = Pairs(entry) },
        "add" => new EditLists { Add = Pairs(entry) },
        _ => new EditLists { Append = Pairs(entry) },
    };

    private static ImmutableArray<NameValue> Pairs(params string[] entries) =>
        [.. entries.Select(static e => new NameValue(e[..e.IndexOf(':')], e[(e.IndexOf(':') + 1)..]))];
}
