using System.Text;

namespace VoltageSoda.Edge.LoadTests.Model;

/// <summary>One header field an answer must carry. Immutable.</summary>
public sealed class HeaderRule
{
    private readonly byte[] _name;
    private readonly byte[]? _value;

    /// <summary>Requires <paramref name="name"/>, and exactly <paramref name="value"/> if one is given.</summary>
    public HeaderRule(string name, string? value)
    {
        _name = Encoding.ASCII.GetBytes(name.Trim());
        _value = value is null ? null : Encoding.Latin1.GetBytes(value.Trim());
    }

    /// <summary>Reads <c>Name</c> or <c>Name: value</c>.</summary>
    public static HeaderRule Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new HeaderRule(text, null) : new HeaderRule(text[..colon], text[(colon + 1)..]);
    }

    /// <summary>Whether a field of this name and value satisfies the rule.</summary>
    public bool Matches(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        name.Length == _name.Length && Ascii.EqualsIgnoreCase(name, _name) && (_value is null || value.SequenceEqual(_value));

    /// <inheritdoc/>
    public override string ToString() =>
        _value is null ? Encoding.ASCII.GetString(_name) : $"{Encoding.ASCII.GetString(_name)}: {Encoding.Latin1.GetString(_value)}";
}
