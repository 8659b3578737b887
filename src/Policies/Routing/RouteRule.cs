using System.Text;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// The compiled conditions of one route, shared by matching and by explanations. The path condition is apart: each path of a route is a
/// <see cref="RouteEntry"/> of its own. Immutable, thread-safe.
/// </summary>
internal sealed class RouteRule
{
    private const int MaxHeaderCount = 255;

    private readonly byte[][] _methods;

    private RouteRule(int index, byte[][] methods, ulong methodMask, HostPattern[] hosts, HeaderMatcher[] headers, byte[][] snis, RouteConditions present)
    {
        Index = index;
        _methods = methods;
        MethodMask = methodMask;
        Hosts = hosts;
        Headers = headers;
        Snis = snis;
        Present = present;
    }

    /// <summary>Position in declaration order.</summary>
    public int Index { get; }

    /// <summary>Bits of the methods accepted; 0 accepts all.</summary>
    public ulong MethodMask { get; }

    /// <summary>The methods as one text, whatever their order.</summary>
    public string MethodText => string.Join(' ', _methods.Select(Encoding.UTF8.GetString).Order(StringComparer.Ordinal));

    public HostPattern[] Hosts { get; }

    public HeaderMatcher[] Headers { get; }

    public byte[][] Snis { get; }

    /// <summary>Kinds of condition the route has.</summary>
    public RouteConditions Present { get; }

    public bool AllHostsPlain => Hosts.Length > 0 && Array.TrueForAll(Hosts, static h => h.Kind == HostPatternKind.Exact);

    /// <summary>Header conditions as they count for priority.</summary>
    public int HeaderCount => Math.Min(Headers.Length, MaxHeaderCount);

    public static RouteRule Compile<TRoute>(int index, RouteDefinition<TRoute> definition, MethodTable methods)
        where TRoute : class
    {
        byte[][] names = [.. definition.Methods.Select(Encoding.UTF8.GetBytes)];
        ulong mask = 0;
        foreach (byte[] name in names)
        {
            mask |= 1UL << methods.BitOf(name);
        }

        RouteConditions present = (definition.Methods.IsEmpty ? RouteConditions.None : RouteConditions.Method)
            | (definition.Hosts.IsEmpty ? RouteConditions.None : RouteConditions.Host)
            | (definition.Paths.IsEmpty ? RouteConditions.None : RouteConditions.Path)
            | (definition.Headers.IsEmpty ? RouteConditions.None : RouteConditions.Header)
            | (definition.Snis.IsEmpty ? RouteConditions.None : RouteConditions.Sni);
        return new RouteRule(
            index,
            names,
            mask,
            [.. definition.Hosts.Select(HostPattern.Parse)],
            [.. definition.Headers.Select(static h => new HeaderMatcher(h))],
            [.. definition.Snis.Select(static s => Encoding.UTF8.GetBytes(s.TrimEnd('.')))],
            present);
    }

    public bool AcceptsMethod(scoped in RouteFacts facts)
    {
        if (MethodMask == 0)
        {
            return true;
        }

        if ((MethodMask & (1UL << facts.MethodBit)) == 0)
        {
            return false;
        }

        return facts.MethodBit != MethodTable.Shared || ContainsMethod(facts.Method);
    }

    public bool AcceptsHost(scoped in RouteFacts facts)
    {
        HostPattern[] hosts = Hosts;
        foreach (HostPattern host in hosts)
        {
            if (host.Matches(facts.Host, facts.Port))
            {
                return true;
            }
        }

        return hosts.Length == 0;
    }

    public bool AcceptsSni(scoped in RouteFacts facts)
    {
        if (!facts.IsTls)
        {
            return true;
        }

        foreach (byte[] sni in Snis)
        {
            if (Ascii.EqualsIgnoreCase(facts.ServerName, sni))
            {
                return true;
            }
        }

        return Snis.Length == 0;
    }

    /// <summary>The first header condition that does not hold, or null.</summary>
    public HeaderMatcher? FindFailingHeader<THeaders>(ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        foreach (HeaderMatcher header in Headers)
        {
            if (!header.Matches(ref headers))
            {
                return header;
            }
        }

        return null;
    }

    private bool ContainsMethod(ReadOnlySpan<byte> method)
    {
        foreach (byte[] name in _methods)
        {
            if (method.SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }
}
