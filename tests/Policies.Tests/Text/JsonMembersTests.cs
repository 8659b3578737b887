using System.Text;
using System.Text.Json;
using CsCheck;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Tests.Text;

public sealed class JsonMembersTests
{
    // Fragments that make documents which are almost right.
    private static readonly Gen<string> Document = Gen.OneOf(
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\\n\"", "\"\\u00e9\"", "\"\\ud83d\\ude00\"", "\"\\x\"", "\"\\u12\"", "1", "-1.5e3", "01", "1.", ".5",
        "1e", "-", "true", "false", "null", "nul", " ", "\n", "\"", "\\", "{\"k\":1}", "[1,2]", "{}", "[]", "\u0001", "\"\u0001\"").Array[0, 12]
        .Select(static parts => string.Concat(parts));

    [Fact]
    public void IsWellFormed_AnyDocument_EqualsJsonDocument() => Document.Sample(static text =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(Parses(bytes), JsonMembers.IsWellFormed(bytes));
    }, iter: 100_000);

    [Fact]
    public void Members_AnyObject_EqualJsonDocument() => Document.Sample(static text =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes($"{{\"x\":1,{text}}}");
        List<string> members = [];
        JsonMembers walker = new(bytes);
        while (walker.TryNext(out JsonSlice name, out JsonSlice value))
        {
            byte[] buffer = new byte[name.Raw.Length];
            members.Add(Encoding.UTF8.GetString(buffer, 0, name.Unescape(buffer)) + "=" + value.Kind);
        }

        Assert.Equal(!Parses(bytes), walker.IsMalformed);
        if (!walker.IsMalformed)
        {
            using JsonDocument expected = JsonDocument.Parse(bytes);
            Assert.Equal([.. expected.RootElement.EnumerateObject().Select(static m => m.Name + "=" + KindOf(m.Value.ValueKind))], members);
        }
    }, iter: 50_000);

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\\\"b\\\\c\\/d", "a\"b\\c/d")]
    [InlineData("\\b\\f\\n\\r\\t", "\b\f\n\r\t")]
    [InlineData("\\u0041\\u00e9\\u20ac", "A\u00e9\u20ac")]
    [InlineData("\\ud83d\\ude00!", "\U0001F600!")]
    [InlineData("\\ud83dx", "\ufffdx")]
    [InlineData("\\ude00", "\ufffd")]
    public void Unescape_Text_ResolvesEscapes(string raw, string expected)
    {
        JsonSlice slice = new(JsonKind.Text, Encoding.UTF8.GetBytes(raw));
        byte[] buffer = new byte[slice.Raw.Length];
        Assert.Equal(expected, Encoding.UTF8.GetString(buffer, 0, slice.Unescape(buffer)));
        Assert.True(slice.TextEquals(Encoding.UTF8.GetBytes(expected)));
        Assert.False(slice.TextEquals(Encoding.UTF8.GetBytes(expected + "x")));
    }

    [Fact]
    public void IsWellFormed_DeepNesting_EndsAt64()
    {
        Assert.True(JsonMembers.IsWellFormed(Encoding.UTF8.GetBytes(new string('[', 64) + new string(']', 64))));
        Assert.False(JsonMembers.IsWellFormed(Encoding.UTF8.GetBytes(new string('[', 65) + new string(']', 65))));
    }

    private static bool Parses(byte[] bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonKind KindOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => JsonKind.Object,
        JsonValueKind.Array => JsonKind.Array,
        JsonValueKind.String => JsonKind.Text,
        JsonValueKind.Number => JsonKind.Number,
        JsonValueKind.True => JsonKind.True,
        JsonValueKind.False => JsonKind.False,
        _ => JsonKind.Null,
    };
}
