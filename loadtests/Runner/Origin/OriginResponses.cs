using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.LoadTests.Origin;

/// <summary>The origin's answers, written once: sending one is one system call. Immutable.</summary>
internal sealed class OriginResponses
{
    private readonly (byte[] Path, byte[] Answer, byte[] HeadOnly)[] _answers =
        [.. OriginBodies.Sizes.Select(entry => (Encoding.ASCII.GetBytes("/" + entry.Name), Of("200 OK", OriginBodies.Of(entry.Size), true),
            Of("200 OK", OriginBodies.Of(entry.Size), false)))];

    private readonly byte[] _notFound = Of("404 Not Found", "no such body\n"u8.ToArray(), true);

    /// <summary>The answer that ends a connection whose request could not be read.</summary>
    public byte[] BadRequest { get; } = Of("400 Bad Request", [], true);

    /// <summary>Chooses by the last segment of the path, so that prefixes which a proxy strips or keeps make no difference.</summary>
    public byte[] For(ReadOnlySpan<byte> path, bool isHead)
    {
        int query = path.IndexOf((byte)'?');
        path = query < 0 ? path : path[..query];
        foreach ((byte[] suffix, byte[] answer, byte[] headOnly) in _answers)
        {
            if (path.EndsWith(suffix))
            {
                return isHead ? headOnly : answer;
            }
        }

        return path.SequenceEqual("/"u8) ? (isHead ? _answers[0].HeadOnly : _answers[0].Answer) : _notFound;
    }

    private static byte[] Of(string status, byte[] body, bool withBody) =>
    [
        .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status}\r\nServer: origin\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\n\r\n")),
        .. withBody ? body : [],
    ];
}
