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
    public string CookiePath
    {
        get;
        init
        {
            field = value;
            CookiePathUtf8 = Encoding.UTF8.GetBytes(value);
        }
    } = "";

    /// <summary>The path as it stands on the wire.</summary>
    public byte[] CookiePathUtf8 { get; private init; } = [];
}
