using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http;

public sealed class KnownHeadersTests
{
    public static TheoryData<KnownHeader> All => [.. Enum.GetValues<KnownHeader>().Where(header => header != KnownHeader.None)];

    [Theory]
    [MemberData(nameof(All))]
    public void Classify_AnyCase_FindsTheName(KnownHeader header)
    {
        string name = Octets.Text(KnownHeaders.Name(header));

        // The spelling and the identifier agree, so no line of the table has slipped.
        Assert.Equal(header.ToString(), name.Replace("-", ""), ignoreCase: true);
        foreach (string spelling in new[] { name, name.ToUpperInvariant(), name.ToLowerInvariant() })
        {
            Assert.Equal(header, KnownHeaders.Classify(Octets.Of(spelling)));
            Assert.Equal(header, Parsed(spelling));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Classify_OneByteOff_FindsNothing(KnownHeader header)
    {
        string name = Octets.Text(KnownHeaders.Name(header));
        for (int i = 0; i < name.Length; i++)
        {
            char other = name[i] == '-' ? '_' : name[i] == '!' ? '#' : '!';
            string changed = name[..i] + other + name[(i + 1)..];
            Assert.Equal(KnownHeader.None, KnownHeaders.Classify(Octets.Of(changed)));
            if (other != '_')
            {
                Assert.Equal(KnownHeader.None, Parsed(changed));
            }
        }

        Assert.NotEqual(header, KnownHeaders.Classify(Octets.Of(name + "x")));
        Assert.NotEqual(header, Parsed(name + "x"));
        for (int length = 1; length < name.Length; length++)
        {
            Assert.NotEqual(header, KnownHeaders.Classify(Octets.Of(name[..length])));
            Assert.NotEqual(header, Parsed(name[..length]));
        }
    }

    [Fact]
    public void Classify_FoldedControl_IsNoDash()
    {
        // 0x0d and '-' differ by 0x20 as letters do.
        Assert.Equal(KnownHeader.None, KnownHeaders.Classify("content\rlength"u8));
        Assert.Equal(KnownHeader.None, KnownHeaders.Classify("http\u0012-settings"u8));
    }

    [Fact]
    public void Steering_Names_FitOneWord() => Assert.True(KnownHeader.Accept < (KnownHeader)64);

    private static KnownHeader Parsed(string name)
    {
        // Padded so that the vector path sees it, in the response reader, which has no rules of its own about fields.
        HeaderBlock headers = ResponseReading.Whole($"HTTP/1.1 304 X\r\n{name}: 1\r\nPadding: {new string('x', 64)}\r\n\r\n").Head.Headers;
        for (int i = 0; i < headers.Count; i++)
        {
            if (Octets.Text(headers.Name(i)) == name)
            {
                return headers.Known(i);
            }
        }

        return KnownHeader.None;
    }
}
