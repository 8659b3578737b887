using System.Collections.Immutable;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// The match part of one Kong route, as validated by the configuration reader. Order in the list given to
/// <see cref="RouteTable{TRoute}"/> is declaration order, the last tie-break.
/// </summary>
public sealed record RouteDefinition<TRoute>(TRoute Route)
    where TRoute : class
{
    /// <summary>Methods, upper case. Empty: the category does not count.</summary>
    public ImmutableArray<string> Methods { get; init; } = [];

    /// <summary>Exact hosts, or one <c>*</c> leftmost (<c>*.x.com</c>) or rightmost (<c>x.*</c>); optional <c>:port</c>.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>
    /// <c>/prefix</c> in canonical form, or <c>~</c> and a regular expression anchored at the start of the path. In a prefix a triplet of a byte
    /// above ASCII, which no canonical path holds, stands for that byte: bytes that are no UTF-8 are no text.
    /// </summary>
    public ImmutableArray<string> Paths { get; init; } = [];

    public ImmutableArray<HeaderCondition> Headers { get; init; } = [];

    /// <summary>Server names; a trailing dot and case are ignored. Not looked at for plain http requests.</summary>
    public ImmutableArray<string> Snis { get; init; } = [];

    /// <summary>Kong's regex_priority; counts among regex paths only.</summary>
    public int RegexPriority { get; init; }
}

/// <summary>
/// One header condition: any value of the field equal (ignoring case) to any of <paramref name="Values"/>. A single value
/// starting with <c>~*</c> is a regular expression, searched ignoring case.
/// </summary>
public sealed record HeaderCondition(string Name, ImmutableArray<string> Values);
