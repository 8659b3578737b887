using System.Collections.Immutable;
using VoltageSoda.Edge.Model.Mesh;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Snapshot.Mesh;

/// <summary>Turns a <c>match</c> into conditions (<c>istio: pilot/pkg/networking/core/route/route.go TranslateRouteMatch</c>). Stateless.</summary>
internal static class MatchCompiler
{
    private const string ClaimPrefix = "@request.auth.claims";

    // No path or header field holds a line feed.
    private static readonly TextMatch Nothing = TextMatch.Exact("\n");

    public static RouteConditions Compile(HttpMatch? match, ICollection<MeshIssue> issues)
    {
        if (match is null)
        {
            return RouteConditions.Everything;
        }

        List<FieldCondition> fields = [];
        List<string> claims = [];
        foreach (NamedMatch header in match.Headers.OrderBy(static header => header.Name, StringComparer.Ordinal))
        {
            if (header.Name.StartsWith(ClaimPrefix, StringComparison.Ordinal))
            {
                claims.Add(header.Name[ClaimPrefix.Length..].TrimStart('.'));
            }
            else
            {
                fields.Add(Field(header, inverted: false, issues));
            }
        }

        // Without a verified token no claim is there, so that its absence holds: the name is none that a request could carry.
        fields.AddRange(match.WithoutHeaders.OrderBy(static header => header.Name, StringComparer.Ordinal)
            .Select(header => header.Name.StartsWith(ClaimPrefix, StringComparison.Ordinal)
                ? new FieldCondition(RequestField.Header, header.Name, TextMatch.Present, Inverted: true)
                : Field(header, inverted: true, issues)));
        AddPseudo(RequestField.Method, match.Method);
        AddPseudo(RequestField.Authority, match.Authority);
        AddPseudo(RequestField.Scheme, match.Scheme);
        return new RouteConditions
        {
            Path = match.Uri is null or { Kind: StringMatchKind.Present } ? TextMatch.Prefix("/") : Text(match.Uri, issues),
            IgnoreCase = match.IgnoreUriCase,
            Fields = [.. fields],
            Query = [.. match.QueryParams.Select(query => new QueryCondition(query.Name, Text(query.Match, issues)))],
            Claims = [.. claims],
        };

        void AddPseudo(RequestField field, MeshStringMatch? value)
        {
            if (value is not null)
            {
                fields.Add(new FieldCondition(field, "", Text(value, issues)));
            }
        }
    }

    /// <summary>A condition on a text. A pattern that is not RE2 matches nothing and is an issue.</summary>
    public static TextMatch Text(MeshStringMatch match, ICollection<MeshIssue> issues)
    {
        switch (match.Kind)
        {
            case StringMatchKind.Exact:
                return TextMatch.Exact(match.Value);
            case StringMatchKind.Prefix:
                return TextMatch.Prefix(match.Value);
            case StringMatchKind.Regex:
                if (TextMatch.TryRegex(match.Value, out TextMatch? regex, out string? error))
                {
                    return regex;
                }

                issues.Add(new MeshIssue(MeshIssueKind.BadValue, match.Span, $"'{match.Value}' is no pattern: {error}"));
                return Nothing;
            default:
                return TextMatch.Present;
        }
    }

    private static FieldCondition Field(NamedMatch header, bool inverted, ICollection<MeshIssue> issues)
    {
        TextMatch match = Text(header.Match, issues);
        RequestField field = header.Name.ToLowerInvariant() switch
        {
            ":method" => RequestField.Method,
            ":authority" or "host" => RequestField.Authority,
            ":scheme" => RequestField.Scheme,
            ":path" => RequestField.PathAndQuery,
            _ => RequestField.Header,
        };
        return new FieldCondition(field, field == RequestField.Header ? header.Name : "", match, inverted);
    }
}
