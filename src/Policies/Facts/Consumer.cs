using System.Collections.Immutable;
using System.Text;

namespace VoltageSoda.Edge.Policies.Facts;

/// <summary>
/// A configured caller (Kong consumer). Immutable; every value that becomes a header field is kept as UTF-8 so that
/// serving a request formats nothing.
/// </summary>
public sealed class Consumer
{
    private readonly byte[] _id;
    private readonly byte[]? _username;
    private readonly byte[]? _customId;
    private readonly byte[]? _groups;

    /// <param name="id">Consumer id (UUID text).</param>
    /// <param name="username">User name, or null.</param>
    /// <param name="customId">Custom id, or null.</param>
    /// <param name="groups">Names of the acl groups, in declaration order.</param>
    public Consumer(string id, string? username, string? customId, ImmutableArray<string> groups = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        Id = id;
        Username = username;
        CustomId = customId;
        Groups = groups.IsDefault ? [] : groups;
        _id = Encoding.UTF8.GetBytes(id);
        _username = username is null ? null : Encoding.UTF8.GetBytes(username);
        _customId = customId is null ? null : Encoding.UTF8.GetBytes(customId);
        _groups = Groups.IsEmpty ? null : Encoding.UTF8.GetBytes(string.Join(", ", Groups));
    }

    public string Id { get; }

    public string? Username { get; }

    public string? CustomId { get; }

    public ImmutableArray<string> Groups { get; }

    public ReadOnlySpan<byte> IdUtf8 => _id;

    /// <summary>Empty when the consumer has no user name.</summary>
    public ReadOnlySpan<byte> UsernameUtf8 => _username;

    /// <summary>Empty when the consumer has no custom id.</summary>
    public ReadOnlySpan<byte> CustomIdUtf8 => _customId;

    /// <summary>The group names joined with comma and space: the value of X-Consumer-Groups. Empty without groups.</summary>
    public ReadOnlySpan<byte> GroupsUtf8 => _groups;
}
