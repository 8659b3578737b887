using System.Text;
using VoltageSoda.Edge.Policies.Routing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.Routing;

public sealed class RouteTableTests
{
    [Theory]
    [InlineData("Three", "e$", 1)]
    [InlineData("a", "a", 1)]
    [InlineData("/ab", "/a", 2)]
    [InlineData("xx", "a", -1)]
    public void MatchLength_Search_GivesBytes(string text, string pattern, int expected)
    {
        Assert.True(RegexTranslation.TryCompile(pattern, true, RegexAnchors.None, out CompiledPattern? p, out _));
        Assert.Equal(expected, p.MatchLength(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Trie_Debug()
    {
        byte[][] keys = ["/"u8.ToArray(), "/a"u8.ToArray(), "/a/"u8.ToArray(), "/a/b"u8.ToArray(), "/api/v2"u8.ToArray()];
        PathTrie trie = PathTrie.Build(keys);
        Assert.Equal(1, trie.FindLongest("/ab/v2/"u8));
        Assert.Equal(0, trie.FindLongest("/b"u8));
        Assert.Equal(3, trie.FindLongest("/a/bc"u8));
    }
}
