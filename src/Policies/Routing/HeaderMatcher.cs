using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>One header condition of a route, compiled: some line of the field equals or matches some value. Immutable.</summary>
internal sealed class HeaderMatcher
{
    private readonly CompiledPattern[] _patterns;

    public HeaderMatcher(HeaderCondition condition)
    {
        Name = condition.Name;
        NameUtf8 = Encoding.UTF8.GetBytes(condition.Name);
        List<byte[]> values = [];
        List<CompiledPattern> patterns = [];
        foreach (string value in condition.Values)
        {
            if (!value.StartsWith("~*", StringComparison.Ordinal))
            {
                values.Add(Encoding.UTF8.GetBytes(value));
                continue;
            }

            if (!RegexTranslation.TryCompile(value[2..], ignoreCase: true, RegexAnchors.None, out CompiledPattern? pattern, out string? error))
            {
                throw new ArgumentException($"header {condition.Name}: '{value}': {error}", nameof(condition));
            }

            patterns.Add(pattern);
        }

        Values = [.. values];
        _patterns = [.. patterns];
    }

    public string Name { get; }

    public byte[] NameUtf8 { get; }

    /// <summary>The literal values.</summary>
    public byte[][] Values { get; }

    /// <summary>True when every value is a literal, so that the condition can be looked up by value.</summary>
    public bool IsLiteral => _patterns.Length == 0;

    public bool Matches<THeaders>(ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        int cursor = 0;
        while (headers.TryGetNext(NameUtf8, ref cursor, out ReadOnlySpan<byte> value))
        {
            foreach (byte[] expected in Values)
            {
                if (AsciiCase.Equal(value, expected))
                {
                    return true;
                }
            }

            foreach (CompiledPattern pattern in _patterns)
            {
                if (pattern.IsMatch(value))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
