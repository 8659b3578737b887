using System.Collections.Immutable;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>What a <see cref="FieldCondition"/> reads.</summary>
public enum RequestField
{
    /// <summary>A header field by name; its lines are joined with a comma.</summary>
    Header,

    /// <summary>The method.</summary>
    Method,

    /// <summary>The authority as the client sent it, port included.</summary>
    Authority,

    /// <summary><c>http</c> or <c>https</c>.</summary>
    Scheme,

    /// <summary>The path with its query.</summary>
    PathAndQuery,
}

/// <summary>One condition on a header field or a pseudo-header.</summary>
/// <param name="Field">What is read.</param>
/// <param name="Name">Name of the header field, without regard to case; empty for the others.</param>
/// <param name="Match">What it must be.</param>
/// <param name="Inverted">True: what it must not be. An absent field counts as empty, for presence as absent.</param>
public sealed record FieldCondition(RequestField Field, string Name, TextMatch Match, bool Inverted = false);

/// <summary>One condition on a query parameter: its first value, not decoded, as Envoy compares it.</summary>
/// <param name="Name">Name, with regard to case.</param>
/// <param name="Match">What it must be; an absent parameter fails.</param>
public sealed record QueryCondition(string Name, TextMatch Match);

/// <summary>One <c>match</c> of a VirtualService rule: all of it must hold. Immutable.</summary>
public sealed record RouteConditions
{
    /// <summary>What a rule without match asks for: nothing.</summary>
    public static RouteConditions Everything { get; } = new();

    /// <summary>The path without query. A prefix is compared byte by byte, not by segments.</summary>
    public TextMatch Path { get; init; } = TextMatch.Prefix("/");

    /// <summary>Compares an exact path or a prefix without regard to the case of ASCII letters; never a regular expression.</summary>
    public bool IgnoreCase { get; init; }

    public ImmutableArray<FieldCondition> Fields { get; init; } = [];

    public ImmutableArray<QueryCondition> Query { get; init; } = [];

    /// <summary>Claims of a verified token that it asks for. Nobody verifies tokens on these listeners yet, so that it never holds.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    /// <summary>Whether Istio takes it for a catch-all: prefix <c>/</c> or regex <c>.*</c> and no other condition.</summary>
    public bool IsCatchAll =>
        Path is { Kind: TextMatchKind.Prefix, Text: "/" } or { Kind: TextMatchKind.Regex, Text: ".*" }
        && Fields.IsEmpty && Query.IsEmpty && Claims.IsEmpty;

    /// <summary>Whether the path decides alone.</summary>
    internal bool IsPathOnly => Fields.IsEmpty && Query.IsEmpty && Claims.IsEmpty;
}
