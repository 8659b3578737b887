using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Policies.LoadBalancing;

/// <summary>What of a request a mesh destination hashes.</summary>
public enum RequestKeyKind : byte
{
    /// <summary>The values of a header field.</summary>
    Header,

    /// <summary>A cookie.</summary>
    Cookie,

    /// <summary>The client's address without port.</summary>
    SourceAddress,

    /// <summary>The first value of a query parameter.</summary>
    QueryParameter,
}

/// <summary><c>consistentHash</c> of a DestinationRule: the part of a request that decides its endpoint. Immutable.</summary>
/// <param name="Kind">Which part.</param>
/// <param name="Name">Name of the field, cookie or parameter; empty for the address.</param>
public sealed record RequestKey(RequestKeyKind Kind, string Name)
{
    /// <summary>The name as it stands on the wire.</summary>
    public byte[] NameUtf8 { get; } = Encoding.UTF8.GetBytes(Name);

    /// <summary>Lifetime of a cookie that is made for a client without one: zero makes a session cookie, null makes none.</summary>
    public TimeSpan? CookieTtl { get; init; }

    /// <summary>Path of that cookie; empty sets none.</summary>
    public string CookiePath { get; init; } = "";

    /// <summary>More attributes of that cookie, in their order; one without a value is its name alone.</summary>
    public ImmutableArray<KeyValuePair<string, string>> CookieAttributes { get; init; } = [];

    /// <summary>What follows the value of that cookie on the wire (<c>envoy: source/common/http/utility.cc</c>, makeSetCookieValue).</summary>
    public byte[] CookieEnd => field ??= Encoding.UTF8.GetBytes(EndOfCookie());

    private string EndOfCookie()
    {
        StringBuilder text = new("\"");
        if (CookieTtl is { } ttl && ttl >= TimeSpan.FromSeconds(1))
        {
            text.Append(CultureInfo.InvariantCulture, $"; Max-Age={(long)ttl.TotalSeconds}");
        }

        if (CookiePath.Length != 0)
        {
            text.Append("; Path=").Append(CookiePath);
        }

        foreach ((string name, string value) in CookieAttributes)
        {
            text.Append("; ").Append(name).Append(value.Length == 0 ? "" : "=").Append(value);
        }

        return text.Append("; HttpOnly").ToString();
    }
}
