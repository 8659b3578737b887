using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Http;

public sealed class CanonicalPathTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b.c", "/a/b.c")]
    [InlineData("*", "*")]

    // Triplets: unreserved and other bytes decoded, reserved and controls kept in upper case.
    [InlineData("/%61%7e%2D", "/a~-")]
    [InlineData("/%41%5A%30", "/AZ0")]
    [InlineData("/%20%22%3c%7b%7C", "/ \"<{|")]
    [InlineData("/%c3%a9", "/\u00c3\u00a9")]
    [InlineData("/%21%2a%27%28%29%3b%3a%40%26%3d%2b%24%2c%3f%25%23%5b%5d", "/%21%2A%27%28%29%3B%3A%40%26%3D%2B%24%2C%3F%25%23%5B%5D")]
    [InlineData("/%0d%0a%1f%7f", "/%0D%0A%1F%7F")]
    [InlineData("/%2541", "/%2541")]
    [InlineData("/a:b@c", "/a:b@c")]

    // Dot segments.
    [InlineData("/a/./b", "/a/b")]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/b/.", "/a/b/")]
    [InlineData("/a/%2e%2E/b", "/b")]
    [InlineData("/a/%2e/b", "/a/b")]
    [InlineData("/a/.%2e/b", "/b")]
    [InlineData("/.well-known/x", "/.well-known/x")]
    [InlineData("/a/...", "/a/...")]
    [InlineData("/a/..b", "/a/..b")]
    [InlineData("/a/b../c", "/a/b../c")]
    [InlineData("/a/b/c/../../d/..", "/a/")]
    [InlineData("/.", "/")]

    // Slashes.
    [InlineData("//a///b//", "/a/b/")]
    [InlineData("/a//../b", "/b")]
    [InlineData("/a/.//b", "/a/b")]
    [InlineData("/a%2fb%5cc", "/a%2Fb%5Cc")]
    [InlineData("/a/..%2fb", "/a/..%2Fb")]
    [InlineData("/a\\b", "/a%5Cb")]
    public void Compute_Merging_GivesTheCanonicalForm(string path, string expected)
    {
        Assert.Equal(WireError.None, Compute(path, out string canonical, out bool redirect));
        Assert.Equal((expected, false), (canonical, redirect));
    }

    [Theory]
    [InlineData("//a///b//", "//a///b//")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("//..", "/")]
    [InlineData("/a//./b", "/a//b")]
    public void Compute_NotMerging_KeepsEmptySegments(string path, string expected)
    {
        Assert.Equal(WireError.None, Compute(path, out string canonical, out _, merge: false));
        Assert.Equal(expected, canonical);
    }

    [Theory]
    [InlineData("/..", WireError.PathAboveRoot)]
    [InlineData("/../a", WireError.PathAboveRoot)]
    [InlineData("/a/../../b", WireError.PathAboveRoot)]
    [InlineData("/%2e%2e/a", WireError.PathAboveRoot)]
    [InlineData("//../a", WireError.PathAboveRoot)]
    [InlineData("/a/./../..", WireError.PathAboveRoot)]
    [InlineData("", WireError.BadTarget)]
    [InlineData("a", WireError.BadTarget)]
    [InlineData("/%", WireError.BadTarget)]
    [InlineData("/%4", WireError.BadTarget)]
    [InlineData("/%xy", WireError.BadTarget)]
    [InlineData("/%00", WireError.BadTarget)]
    [InlineData("/a?b", WireError.BadTarget)]
    [InlineData("/a#b", WireError.BadTarget)]
    [InlineData("/\u0001", WireError.BadTarget)]
    [InlineData("/\u007f", WireError.BadTarget)]
    public void Compute_NoPath_IsRefusedWith400(string path, WireError expected)
    {
        Assert.Equal(expected, Compute(path, out _, out _));
        Assert.Equal((400, "bad_target"), (expected.Status(), expected.Reason()));
    }

    [Theory]
    [InlineData("/a%2fb", EscapedSlashes.Reject, WireError.EscapedSlash, null)]
    [InlineData("/a%5Cb", EscapedSlashes.Reject, WireError.EscapedSlash, null)]
    [InlineData("/a\\b", EscapedSlashes.Reject, WireError.EscapedSlash, null)]
    [InlineData("/ab", EscapedSlashes.Reject, WireError.None, "/ab")]
    [InlineData("/a%2fb", EscapedSlashes.Redirect, WireError.None, "/a/b")]
    [InlineData("/a%5Cb", EscapedSlashes.Redirect, WireError.None, "/a/b")]
    [InlineData("/a%2f..%2fb", EscapedSlashes.Redirect, WireError.None, "/b")]
    [InlineData("/a%2f..%2f..", EscapedSlashes.Redirect, WireError.PathAboveRoot, null)]
    public void Compute_EscapedSlashes_FollowTheListener(string path, EscapedSlashes slashes, WireError expected, string? canonical)
    {
        Assert.Equal(expected, Compute(path, out string actual, out bool redirect, slashes: slashes));
        if (canonical is not null)
        {
            Assert.Equal((canonical, slashes == EscapedSlashes.Redirect), (actual, redirect));
        }
    }

    [Fact]
    public void Compute_CanonicalPath_IsReturnedWithoutACopy()
    {
        byte[] path = Octets.Of("/a/b/c-d_e.f~g:h@i;j=k,l!m$n&o'p(q)r*s+t");

        CanonicalPath.Compute(path, true, EscapedSlashes.Keep, default, out ReadOnlySpan<byte> canonical, out _);

        Assert.True(canonical == path);
    }

    [Theory]
    [InlineData("/./")]
    [InlineData("//")]
    [InlineData("/%41")]
    [InlineData("/\u007f")]
    [InlineData("/\u0001")]
    [InlineData("/?")]
    [InlineData("/#")]
    [InlineData("/\\")]
    public void Compute_SuspiciousPart_IsSeenAtEveryPlace(string part)
    {
        // Vector steps begin and overlap at different places in each of these.
        for (int before = 0; before < 40; before++)
        {
            for (int after = 0; after < 40; after++)
            {
                byte[] path = Octets.Of("/" + new string('a', before) + part + new string('b', after));
                WireError error = CanonicalPath.Compute(
                    path, true, EscapedSlashes.Keep, new byte[CanonicalPath.MaxLength(path.Length)], out ReadOnlySpan<byte> canonical, out _);
                Assert.False(error == WireError.None && canonical == path, $"{part} at {before} of {path.Length}");
            }
        }
    }

    [Theory]
    [InlineData("/a b", "/a%20b")]
    [InlineData("/\u00c3\u00a9\"<>^`{|}\\", "/%C3%A9%22%3C%3E%5E%60%7B%7C%7D%5C")]
    [InlineData("/a%2Fb", "/a%2Fb")]
    [InlineData("/?#", "/%3F%23")]
    [InlineData("/!$&'()*+,;=:@[]-._~", "/!$&'()*+,;=:@[]-._~")]
    public void Escape_MakesItFitForARequestLine(string path, string expected)
    {
        byte[] bytes = Octets.Of(path);
        CanonicalPath.Escape(bytes, new byte[CanonicalPath.MaxLength(bytes.Length)], out ReadOnlySpan<byte> escaped);

        Assert.Equal(expected, Octets.Text(escaped));
    }

    private static WireError Compute(string path, out string canonical, out bool redirect, bool merge = true, EscapedSlashes slashes = EscapedSlashes.Keep)
    {
        byte[] bytes = Octets.Of(path);
        WireError error = CanonicalPath.Compute(
            bytes, merge, slashes, new byte[CanonicalPath.MaxLength(bytes.Length)], out ReadOnlySpan<byte> result, out redirect);
        canonical = Octets.Text(result);
        return error;
    }
}
