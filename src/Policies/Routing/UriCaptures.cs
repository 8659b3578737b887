namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Groups captured by a route's regular path (Kong uri_captures), as UTF-8. Immutable. Allocated only for routes whose
/// regex has groups.
/// </summary>
public sealed class UriCaptures
{
    private readonly byte[]?[] _numbered;
    private readonly KeyValuePair<string, byte[]?>[] _named;

    internal UriCaptures(byte[]?[] numbered, KeyValuePair<string, byte[]?>[] named)
    {
        _numbered = numbered;
        _named = named;
    }

    /// <summary>Group by number, from 1. False when there is no such group or it took no part in the match.</summary>
    public bool TryGet(int number, out ReadOnlySpan<byte> value)
    {
        byte[]? found = number >= 1 && number <= _numbered.Length ? _numbered[number - 1] : null;
        value = found;
        return found is not null;
    }

    /// <summary>Group by name (case-sensitive).</summary>
    public bool TryGet(string name, out ReadOnlySpan<byte> value)
    {
        foreach (KeyValuePair<string, byte[]?> pair in _named)
        {
            if (pair.Key == name)
            {
                value = pair.Value;
                return pair.Value is not null;
            }
        }

        value = default;
        return false;
    }
}
