using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Routing.Mesh;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>Conditions of Gateway routes in words. Stateless.</summary>
internal static class MatchWords
{
    /// <summary>Every condition.</summary>
    public static IReadOnlyList<string> Of(RouteConditions conditions) =>
    [
        Path(conditions),
        .. conditions.Fields.Select(Field),
        .. conditions.Query.Select(static query => $"query parameter {query.Name} {Is(query.Match)}"),
        .. conditions.Claims.Select(static claim => $"claim {claim} of a verified token, which nobody verifies here yet"),
    ];

    /// <summary>The condition that fails, and what the request has instead.</summary>
    public static string Failed<THeaders>(RouteConditions conditions, RouteMismatch mismatch, scoped in MeshRequest request, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        switch (mismatch.Kind)
        {
            case MismatchKind.Path:
                return $"asks for {Path(conditions)}, not {Text(request.Path)}";
            case MismatchKind.Field:
                FieldCondition field = conditions.Fields[mismatch.Index];
                return $"asks for {Field(field)}; the request has {Actual(field, request, ref headers)}";
            case MismatchKind.Query:
                QueryCondition query = conditions.Query[mismatch.Index];
                return $"asks for query parameter {query.Name} {Is(query.Match)}";
            default:
                return "asks for a claim of a verified token, which nobody verifies here yet";
        }
    }

    public static string Path(RouteConditions conditions)
    {
        string kind = conditions.Path.Kind switch
        {
            TextMatchKind.Exact => "path ",
            TextMatchKind.Prefix => "path prefix ",
            _ => "path regex ",
        };
        return kind + (conditions.Path.Text.Length == 0 ? "''" : conditions.Path.Text) + (conditions.IgnoreCase ? " in any case" : "");
    }

    private static string Field(FieldCondition field)
    {
        string name = field.Field switch
        {
            RequestField.Method => "method",
            RequestField.Authority => "authority",
            RequestField.Scheme => "scheme",
            RequestField.PathAndQuery => "path with query",
            _ => $"header {field.Name}",
        };
        return field.Inverted ? $"no {name} that {Is(field.Match)}" : $"{name} that {Is(field.Match)}";
    }

    private static string Is(TextMatch match) => match.Kind switch
    {
        TextMatchKind.Exact => $"is {match.Text}",
        TextMatchKind.Prefix => $"begins with {match.Text}",
        TextMatchKind.Regex => $"matches {match.Text}",
        _ => "is there",
    };

    private static string Actual<THeaders>(FieldCondition field, scoped in MeshRequest request, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        switch (field.Field)
        {
            case RequestField.Method:
                return Text(request.Method);
            case RequestField.Authority:
                return Text(request.Authority);
            case RequestField.Scheme:
                return Text(request.Scheme);
            case RequestField.PathAndQuery:
                return Text(request.PathAndQuery);
            default:
                List<string> values = [];
                int cursor = 0;
                byte[] name = Encoding.UTF8.GetBytes(field.Name);
                while (headers.TryGetNext(name, ref cursor, out ReadOnlySpan<byte> value))
                {
                    values.Add(Text(value));
                }

                return values.Count == 0 ? "none" : string.Join(',', values);
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
