using System.Text;
using CsCheck;
using VoltageSoda.Edge.Policies.Tracing;

namespace VoltageSoda.Edge.Policies.Tests.Tracing;

public sealed class RequestTagReaderTests
{
    [Theory]
    [InlineData("a=b; c=d", "a=b|c=d", 0)]
    [InlineData("a=b;;c=d;", "a=b|c=d", 0)]
    [InlineData(" a = b c ; d= e", "a=b c|d=e", 0)]
    [InlineData("a=b=c", "a=b>c", 0)]
    [InlineData("a=b=", "a>b=", 0)]
    [InlineData("a==b", "a=>b", 0)]
    [InlineData("a=b =c", "a=b>c", 0)]
    [InlineData("a=b c=d", "a>b c=d", 0)]
    [InlineData("novalue", "", 1)]
    [InlineData("=x; =; a=; ;a b=c", "", 5)]
    [InlineData("", "", 0)]
    public void Read_Field_GivesTags(string field, string expected, int rejected)
    {
        RequestTagReader reader = new(Encoding.UTF8.GetBytes(field));
        List<string> tags = [];
        while (reader.TryRead(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            tags.Add($"{Encoding.UTF8.GetString(name)}>{Encoding.UTF8.GetString(value)}");
        }

        string[] wanted = [.. expected.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(static tag => tag.Contains('>') ? tag : tag.Replace('=', '>'))];
        Assert.Equal(wanted, tags);
        Assert.Equal(rejected, reader.Rejected);
    }

    [Fact]
    public void Read_RandomBytes_NeverThrowsAndNamesAreWords() => Gen.Char["ab= ;\t"].Array[0, 40].Sample(chars =>
    {
        RequestTagReader reader = new(Encoding.ASCII.GetBytes(chars));
        while (reader.TryRead(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            Assert.False(name.IsEmpty || value.IsEmpty || name.ContainsAny(" \t;"u8) || value.Contains((byte)';'));
        }
    });
}
