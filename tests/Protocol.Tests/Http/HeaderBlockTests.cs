using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http;

public sealed class HeaderBlockTests
{
    [Fact]
    public void Add_ThenRead_KeepsOrderAndKind()
    {
        HeaderBlock headers = new();
        headers.Add(KnownHeader.Host, "a"u8);
        headers.Add("X-Own"u8, "1"u8);
        headers.Add("content-type"u8, "t"u8);

        Assert.Equal("Host: a\nX-Own: 1\ncontent-type: t", RequestReading.Fields(headers));
        Assert.Equal([KnownHeader.Host, KnownHeader.None, KnownHeader.ContentType], Enumerable.Range(0, 3).Select(headers.Known));
        Assert.Equal(2, headers.IndexOf(KnownHeader.ContentType));
        Assert.Equal(1, headers.IndexOf("x-oWN"u8));
        Assert.Equal(-1, headers.IndexOf("X-Ow"u8));
        Assert.Equal(-1, headers.IndexOf(KnownHeader.None));
        Assert.False(headers.IsParsed(0));
    }

    [Fact]
    public void RemovePrefixed_AnyCase_TakesThoseOnly()
    {
        HeaderBlock headers = new();
        headers.Add(KnownHeader.Host, "a"u8);
        foreach (string name in new[] { "X-Envoy-A", "x-ENVOY-retry-on", "X-Envoy", "X-Envoyy-B", "Y-Envoy-C", "x-envoy-" })
        {
            headers.Add(Octets.Of(name), "v"u8);
        }

        Assert.Equal(3, headers.RemovePrefixed("x-envoy-"u8));
        Assert.Equal("Host: a\nX-Envoy: v\nX-Envoyy-B: v\nY-Envoy-C: v", RequestReading.Fields(headers));
        Assert.Equal(0, headers.RemovePrefixed("x-envoy-"u8));
    }

    [Fact]
    public void NextSame_WalksLiveFieldsOfOneName()
    {
        HeaderBlock headers = new();
        foreach (string name in new[] { "Accept", "X", "accept", "x", "ACCEPT", "X" })
        {
            headers.Add(Octets.Of(name), "v"u8);
        }

        headers.RemoveAt(2);
        headers.RemoveAt(3);

        Assert.Equal((4, -1), (headers.NextSame(0), headers.NextSame(4)));
        Assert.Equal((5, -1), (headers.NextSame(1), headers.NextSame(5)));
    }

    [Fact]
    public void RemoveAt_FirstOfTwo_FindsTheSecond()
    {
        HeaderBlock headers = new();
        headers.Add(KnownHeader.Accept, "1"u8);
        headers.Add(KnownHeader.Accept, "2"u8);

        headers.RemoveAt(0);
        headers.RemoveAt(0);

        Assert.Equal(1, headers.IndexOf(KnownHeader.Accept));
        Assert.Equal("2", Octets.Text(headers.FirstValue(KnownHeader.Accept)));
        headers.RemoveAt(1);
        Assert.False(headers.Contains(KnownHeader.Accept));
        Assert.Equal((-1, 2), (headers.IndexOf(KnownHeader.Accept), headers.Count));
    }

    [Fact]
    public void Set_Repeated_KeepsThePlaceOfTheFirst()
    {
        HeaderBlock headers = new();
        headers.Add("x-a"u8, "1"u8);
        headers.Add(KnownHeader.Via, "v1"u8);
        headers.Add("X-A"u8, "2"u8);
        headers.Add(KnownHeader.Via, "v2"u8);

        headers.Set("X-a"u8, "new"u8);
        headers.Set(KnownHeader.Via, "vnew"u8);
        headers.Set(KnownHeader.Server, "s"u8);
        headers.Set("X-b"u8, "b"u8);

        Assert.Equal("x-a: new\nVia: vnew\nServer: s\nX-b: b", RequestReading.Fields(headers));
    }

    [Fact]
    public void Remove_ByName_CountsWhatItRemoved()
    {
        HeaderBlock headers = new();
        headers.Add("X"u8, "1"u8);
        headers.Add(KnownHeader.Cookie, "1"u8);
        headers.Add("x"u8, "2"u8);
        headers.Add(KnownHeader.Cookie, "2"u8);

        Assert.Equal((2, 0), (headers.Remove("x"u8), headers.Remove("x"u8)));
        Assert.Equal((2, 0), (headers.Remove("COOKIE"u8), headers.Remove(KnownHeader.Cookie)));
        Assert.Equal("", RequestReading.Fields(headers));
    }

    [Fact]
    public void Add_BytesOfTheBlockItself_SurvivesGrowth()
    {
        HeaderBlock headers = new();
        headers.Add("X-First-Name"u8, "some-value-of-its-own"u8);
        for (int i = 0; i < 2000; i++)
        {
            headers.Add(headers.Name(headers.Count - 1), headers.Value(headers.Count - 1));
        }

        Assert.All(
            Enumerable.Range(0, headers.Count),
            i => Assert.Equal("X-First-Name: some-value-of-its-own", Octets.Text(headers.Name(i)) + ": " + Octets.Text(headers.Value(i))));
    }

    [Fact]
    public void SetValue_BytesOfTheBlockItself_SurvivesGrowth()
    {
        HeaderBlock headers = new();
        headers.Add(KnownHeader.XForwardedFor, "1.2.3.4"u8);
        for (int i = 0; i < 500; i++)
        {
            headers.SetValue(0, headers.Value(0));
            headers.AppendValue(0, ","u8, headers.Value(0)[..1]);
        }

        Assert.Equal("1.2.3.4" + string.Concat(Enumerable.Repeat(",1", 500)), Octets.Text(headers.Value(0)));
    }

    [Fact]
    public void SetValue_OfHost_LeavesTheAuthorityAlone()
    {
        RequestHead head = RequestReading.Whole("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").Head;

        head.Headers.Set(KnownHeader.Host, "b"u8);

        Assert.Equal("a.example", Octets.Text(head.Authority));
        Assert.Equal("Host: b", RequestReading.Fields(head.Headers));
    }

    [Fact]
    public void Clear_Release_ForgetEverything()
    {
        HeaderBlock headers = new();
        headers.Add(KnownHeader.Via, "1"u8);
        headers.Add(KnownHeader.XRequestId, "1"u8);
        headers.Add(KnownHeader.GrpcStatus, "1"u8);
        headers.Clear();
        Assert.Equal((0, -1, -1, -1), (headers.Count, headers.IndexOf(KnownHeader.Via), headers.IndexOf(KnownHeader.XRequestId), headers.IndexOf(KnownHeader.GrpcStatus)));
        Assert.NotEqual(0, headers.BlockCapacity);
        headers.Release();
        Assert.Equal(0, headers.BlockCapacity);
        headers.Add(KnownHeader.Via, "2"u8);
        Assert.Equal("Via: 2", RequestReading.Fields(headers));
    }

    [Fact]
    public void Value_OutsideTheSlots_Throws()
    {
        HeaderBlock headers = new();
        headers.Add(KnownHeader.Via, "1"u8);

        Assert.Throws<ArgumentOutOfRangeException>(() => headers.Known(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => headers.Known(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => headers.Add(KnownHeader.None, default));
    }
}
