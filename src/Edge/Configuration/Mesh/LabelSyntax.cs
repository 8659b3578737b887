using System.Buffers;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>Keys and values of labels as Kubernetes takes them (<c>apimachinery: pkg/util/validation</c>). Pure.</summary>
internal static class LabelSyntax
{
    private const int LongestPart = 63;
    private const int LongestPrefix = 253;

    private static readonly SearchValues<char> Inner = SearchValues.Create("-_.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>True for a key: a name, or a DNS name, a slash and a name.</summary>
    public static bool IsKey(ReadOnlySpan<char> key)
    {
        int slash = key.IndexOf('/');
        return slash < 0
            ? IsName(key)
            : slash is > 0 and <= LongestPrefix && MeshNames.WhyNoHost(key[..slash].ToString(), wildcard: false) is null && IsName(key[(slash + 1)..]);
    }

    /// <summary>True for a value; it may be empty.</summary>
    public static bool IsValue(ReadOnlySpan<char> value) => value.IsEmpty || IsName(value);

    private static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= LongestPart && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && name.IndexOfAnyExcept(Inner) < 0;
}
