using System.Text;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Upstream;

/// <summary>What of a request is hashed.</summary>
internal enum HashInputKind : byte
{
    None,
    Consumer,
    Ip,
    Header,
    Cookie,
    Path,
    QueryArgument,
    UriCapture,
}

/// <summary>One input of a hash. Immutable.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Name of the header, cookie, argument or capture; empty elsewhere.</param>
internal sealed record HashInput(HashInputKind Kind, string Name)
{
    public byte[] NameUtf8 { get; } = Encoding.UTF8.GetBytes(Name);

    public static HashInput Of(KongHashInput input) => new(
        input.Kind switch
        {
            "consumer" => HashInputKind.Consumer,
            "ip" => HashInputKind.Ip,
            "header" => HashInputKind.Header,
            "cookie" => HashInputKind.Cookie,
            "path" => HashInputKind.Path,
            "query_arg" => HashInputKind.QueryArgument,
            "uri_capture" => HashInputKind.UriCapture,
            _ => HashInputKind.None,
        },
        input.Name ?? "");
}

/// <summary>The input of a cluster's hash and the one that stands in when a request lacks it. Immutable.</summary>
/// <param name="First">hash_on.</param>
/// <param name="Fallback">hash_fallback.</param>
/// <param name="CookiePath">Path of a cookie made for a client that has none.</param>
internal sealed record HashInputs(HashInput First, HashInput Fallback, string CookiePath)
{
    public byte[] CookiePathUtf8 { get; } = Encoding.UTF8.GetBytes(CookiePath);
}
