using CsCheck;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Tests.Reference;
using VoltageSoda.Edge.Protocol.Tests.Wire;

namespace VoltageSoda.Edge.Protocol.Tests.Properties;

public sealed class CanonicalPathProperties
{
    private static readonly Gen<string> Pieces = Gen.OneOf(
        "/", "/", "/", ".", "..", "%2e", "%2E.", "a", "b.c", "%2f", "%2F", "%5c", "\\", "%41", "%7e", "%25", "%20", " ", "%0d", "%00", "%", "%4", "%c3%a9", "\u00e9", "~", "?", "\u0001", "*", "...", "//");

    private static readonly Gen<string> Paths = Gen.Select(Pieces.List[0, 12], Gen.Bool, (pieces, slash) => (slash ? "/" : "") + string.Concat(pieces));

    [Fact]
    public void Compute_AnyPath_MatchesTheReference() => Gen.Select(Paths, Gen.Bool).Sample(
        (path, merge) =>
        {
            string? expected = path == "*" ? "*" : ReferencePath.Canonical(path, merge);
            Assert.Equal(expected, Compute(path, merge, EscapedSlashes.Keep, out _));
        },
        iter: 20_000);

    [Fact]
    public void Compute_Twice_ChangesNothing() => Gen.Select(Paths, Gen.Bool, Gen.Enum<EscapedSlashes>()).Sample(
        (path, merge, slashes) =>
        {
            string? once = Compute(path, merge, slashes, out _);
            if (once is not null)
            {
                Assert.Equal(once, Compute(once, merge, slashes, out bool redirect));
                Assert.False(redirect);
            }
        },
        iter: 20_000);

    [Fact]
    public void Escape_OfACanonicalPath_MeansTheSameAndMayBeSent() => Gen.Select(Paths, Gen.Bool).Sample(
        (path, merge) =>
        {
            string? canonical = Compute(path, merge, EscapedSlashes.Keep, out _);
            if (canonical is null or "*")
            {
                return;
            }

            byte[] bytes = Octets.Of(canonical);
            CanonicalPath.Escape(bytes, new byte[CanonicalPath.MaxLength(bytes.Length)], out ReadOnlySpan<byte> escaped);
            RequestReading reading = RequestReading.Whole($"GET {Octets.Text(escaped)} HTTP/1.1\r\nHost: a\r\n\r\n");

            Assert.Equal(ParseResult.Complete, reading.Result);
            Assert.Equal(canonical, Compute(Octets.Text(reading.Head.Path), merge, EscapedSlashes.Keep, out _));
        },
        iter: 20_000);

    private static string? Compute(string path, bool merge, EscapedSlashes slashes, out bool redirect)
    {
        byte[] bytes = Octets.Of(path);
        WireError error = CanonicalPath.Compute(
            bytes, merge, slashes, new byte[CanonicalPath.MaxLength(bytes.Length)], out ReadOnlySpan<byte> canonical, out redirect);
        return error == WireError.None ? Octets.Text(canonical) : null;
    }
}
