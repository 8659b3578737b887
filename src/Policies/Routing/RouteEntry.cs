using System.Globalization;
using System.Numerics;
using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// One route with one of its paths (or none): the unit the router ranks. Kong splits a route by path length; one entry per path gives
/// the same order, since paths of equal length exclude each other and regex paths keep their listed order. Immutable once ranked.
/// </summary>
internal sealed class RouteEntry
{
    private RouteEntry(RouteRule rule, int pathIndex, string? pathText, byte[]? prefix, CompiledPattern? pattern, byte[] literal, int regexPriority)
    {
        Rule = rule;
        PathIndex = pathIndex;
        PathText = pathText;
        Prefix = prefix;
        Pattern = pattern;
        Literal = literal;
        Priority = RoutePriority.Of(rule, prefix?.Length ?? 0, pattern is not null, regexPriority);
    }

    public RouteRule Rule { get; }

    public int PathIndex { get; }

    public string? PathText { get; }

    /// <summary>The path prefix, or null for a regex or no path.</summary>
    public byte[]? Prefix { get; }

    public CompiledPattern? Pattern { get; }

    /// <summary>Bytes every matching path begins with: the prefix itself, or the literal start of the regex.</summary>
    public byte[] Literal { get; }

    public RoutePriority Priority { get; }

    /// <summary>Place in the total order; 0 wins over all.</summary>
    public int Rank { get; set; }

    public static RouteEntry Create(RouteRule rule, int pathIndex, string? path, int regexPriority)
    {
        if (path is null)
        {
            return new RouteEntry(rule, -1, null, null, null, [], regexPriority);
        }

        if (!path.StartsWith('~'))
        {
            byte[] prefix = PrefixBytes(path);
            return new RouteEntry(rule, pathIndex, path, prefix, null, prefix, regexPriority);
        }

        if (!RegexTranslation.TryCompile(path[1..], ignoreCase: false, RegexAnchors.Start, out CompiledPattern? pattern, out string? error))
        {
            throw new ArgumentException($"path '{path}': {error}", nameof(path));
        }

        return new RouteEntry(rule, pathIndex, path, null, pattern, PatternLiteral.Of(path[1..]), regexPriority);
    }

    private static byte[] PrefixBytes(string path)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        int length = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte value = bytes[i];
            if (value == '%' && i + 2 < bytes.Length
                && byte.TryParse(bytes.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte decoded) && decoded >= 0x80)
            {
                value = decoded;
                i += 2;
            }

            bytes[length++] = value;
        }

        return bytes[..length];
    }

    /// <summary>Whether the path condition holds; <paramref name="length"/> is what of the path it matched.</summary>
    public bool AcceptsPath(ReadOnlySpan<byte> path, out int length)
    {
        length = Prefix?.Length ?? 0;
        if (Prefix is not null)
        {
            return path.StartsWith(Prefix);
        }

        if (Pattern is null)
        {
            return true;
        }

        length = Pattern.MatchLength(path);
        return length >= 0;
    }

    /// <summary>Whether all conditions hold. Cheap ones come first.</summary>
    public bool Accepts<THeaders>(scoped in RouteFacts facts, ref THeaders headers, out int length)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        length = 0;
        return Rule.AcceptsMethod(facts)
            && Rule.AcceptsHost(facts)
            && Rule.AcceptsSni(facts)
            && Rule.FindFailingHeader(ref headers) is null
            && AcceptsPath(facts.Path, out length);
    }
}

/// <summary>
/// Kong's priority of an entry (K/router/compat.lua): number of condition kinds, plain hosts, number of header conditions, regex, regex_priority,
/// length of the prefix; the most significant first. Greater wins.
/// </summary>
internal readonly record struct RoutePriority(int Kinds, bool PlainHosts, int Headers, bool IsRegex, int RegexPriority, int PrefixLength)
    : IComparable<RoutePriority>
{
    public static RoutePriority Of(RouteRule rule, int prefixLength, bool isRegex, int regexPriority) => new(
        BitOperations.PopCount((uint)rule.Present),
        rule.AllHostsPlain,
        rule.HeaderCount,
        isRegex,
        isRegex ? regexPriority : 0,
        prefixLength);

    public int CompareTo(RoutePriority other)
    {
        int order = Kinds.CompareTo(other.Kinds);
        order = order != 0 ? order : PlainHosts.CompareTo(other.PlainHosts);
        order = order != 0 ? order : Headers.CompareTo(other.Headers);
        order = order != 0 ? order : IsRegex.CompareTo(other.IsRegex);
        order = order != 0 ? order : RegexPriority.CompareTo(other.RegexPriority);
        return order != 0 ? order : PrefixLength.CompareTo(other.PrefixLength);
    }

    /// <summary>The rule by which a better priority beats this one, in plain words.</summary>
    public string LosesBy(in RoutePriority better) => this switch
    {
        _ when Kinds != better.Kinds => $"the winner has {better.Kinds} kinds of condition, this one {Kinds}",
        _ when PlainHosts != better.PlainHosts => "the winner has only plain hosts",
        _ when Headers != better.Headers => $"the winner has {better.Headers} header conditions, this one {Headers}",
        _ when IsRegex != better.IsRegex => "a regular path is preferred to a prefix",
        _ when RegexPriority != better.RegexPriority => $"the winner has regex_priority {better.RegexPriority}, this one {RegexPriority}",
        _ when PrefixLength != better.PrefixLength => $"the winner has the longer prefix ({better.PrefixLength} bytes, this one {PrefixLength})",
        _ => "the winner is declared first",
    };
}
