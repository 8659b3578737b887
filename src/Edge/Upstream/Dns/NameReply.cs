using System.Net;

namespace VoltageSoda.Edge.Upstream.Dns;

/// <summary>How one question to the name servers ended.</summary>
public enum NameReplyKind
{
    /// <summary>Records of the wanted type came back.</summary>
    Records,

    /// <summary>The name exists, with no record of this type (NODATA).</summary>
    NoRecords,

    /// <summary>The name does not exist (NXDOMAIN): no type needs asking.</summary>
    NoSuchName,

    /// <summary>Every server answered with an error (SERVFAIL, REFUSED, unreadable).</summary>
    ServerError,

    /// <summary>No server answered in time, or none could be reached.</summary>
    Unreachable,
}

/// <summary>One record of an answer.</summary>
/// <param name="Address">Set for A and AAAA; for SRV, set when the answer carried the host's address along.</param>
/// <param name="Host">Set for SRV: the host's name, fully qualified; to be looked up where the address is missing.</param>
/// <param name="Port">SRV port, else 0.</param>
/// <param name="Weight">SRV weight, else 0.</param>
/// <param name="Priority">SRV priority, else 0.</param>
/// <param name="TtlSeconds">Remaining life as given by the server.</param>
public readonly record struct NameRecord(IPAddress? Address, string? Host, int Port, int Weight, int Priority, uint TtlSeconds);

/// <summary>The reply to one question. Immutable.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="Records">Empty unless <paramref name="Kind"/> is <see cref="NameReplyKind.Records"/>.</param>
public readonly record struct NameReply(NameReplyKind Kind, IReadOnlyList<NameRecord> Records)
{
    /// <summary>A reply without records.</summary>
    public static NameReply Empty(NameReplyKind kind) => new(kind, []);
}
