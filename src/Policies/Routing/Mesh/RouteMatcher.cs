using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>Which condition of a route fails first.</summary>
public enum MismatchKind
{
    /// <summary>All of them hold.</summary>
    None,

    Path,

    /// <summary>One of <see cref="RouteConditions.Fields"/>.</summary>
    Field,

    /// <summary>One of <see cref="RouteConditions.Query"/>.</summary>
    Query,

    /// <summary><see cref="RouteConditions.Claims"/>.</summary>
    Claim,
}

/// <summary>The first condition of a route that fails, for people.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Index">Its position in the list of that kind.</param>
public readonly record struct RouteMismatch(MismatchKind Kind, int Index);

/// <summary>The conditions of one route, compiled. Immutable, thread-safe, no allocation.</summary>
public sealed class RouteMatcher
{
    private readonly RouteConditions _conditions;
    private readonly byte[][] _fieldNames;
    private readonly byte[][] _queryNames;

    public RouteMatcher(RouteConditions conditions)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        _conditions = conditions;
        _fieldNames = [.. conditions.Fields.Select(static field => Encoding.UTF8.GetBytes(field.Name))];
        _queryNames = [.. conditions.Query.Select(static query => Encoding.UTF8.GetBytes(query.Name))];
    }

    /// <summary>As configured.</summary>
    public RouteConditions Conditions => _conditions;

    /// <summary>The first condition that fails.</summary>
    public RouteMismatch Mismatch<THeaders>(scoped in MeshRequest request, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct =>
        !MatchesPath(request.Path) ? new RouteMismatch(MismatchKind.Path, 0) : MismatchBesidesPath(request, ref headers);

    /// <summary>The first condition that fails, the path aside.</summary>
    internal RouteMismatch MismatchBesidesPath<THeaders>(scoped in MeshRequest request, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        for (int i = 0; i < _fieldNames.Length; i++)
        {
            if (!Holds(_conditions.Fields[i], _fieldNames[i], request, ref headers))
            {
                return new RouteMismatch(MismatchKind.Field, i);
            }
        }

        for (int i = 0; i < _queryNames.Length; i++)
        {
            if (!Holds(_conditions.Query[i], _queryNames[i], request.Query))
            {
                return new RouteMismatch(MismatchKind.Query, i);
            }
        }

        return _conditions.Claims.IsEmpty ? default : new RouteMismatch(MismatchKind.Claim, 0);
    }

    /// <summary>Whether the path condition holds.</summary>
    internal bool MatchesPath(ReadOnlySpan<byte> path)
    {
        TextMatch match = _conditions.Path;
        if (!_conditions.IgnoreCase || match.Kind is not (TextMatchKind.Exact or TextMatchKind.Prefix))
        {
            return match.Matches(path);
        }

        ReadOnlySpan<byte> text = match.Utf8;
        return match.Kind == TextMatchKind.Exact
            ? AsciiCase.Equal(path, text)
            : AsciiCase.StartsWith(path, text);
    }

    private static bool Holds<THeaders>(FieldCondition condition, ReadOnlySpan<byte> name, scoped in MeshRequest request, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        switch (condition.Field)
        {
            case RequestField.Method:
                return condition.Match.Matches(request.Method) != condition.Inverted;
            case RequestField.Authority:
                return condition.Match.Matches(request.Authority) != condition.Inverted;
            case RequestField.Scheme:
                return condition.Match.Matches(request.Scheme) != condition.Inverted;
            case RequestField.PathAndQuery:
                return condition.Match.Matches(request.PathAndQuery) != condition.Inverted;
            default:
                JoinedField field = JoinedField.Read(ref headers, name);
                bool matches = condition switch
                {
                    { Match.Kind: TextMatchKind.Present } => field.IsPresent,

                    // Inverted, an absent field is compared as an empty one (treat_missing_header_as_empty).
                    { Inverted: true } => condition.Match.Matches(field.Value),
                    _ => field.IsPresent && condition.Match.Matches(field.Value),
                };
                field.Dispose();
                return matches != condition.Inverted;
        }
    }

    private static bool Holds(QueryCondition condition, ReadOnlySpan<byte> name, ReadOnlySpan<byte> query)
    {
        QueryArgs args = new(query);
        while (args.MoveNext())
        {
            if (args.Name.SequenceEqual(name))
            {
                return condition.Match.Matches(args.Value);
            }
        }

        return false;
    }
}
