using System.Numerics;
using VoltageSoda.Edge.Policies.Facts;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>How one entry fares against one request, condition by condition: the raw material of an explanation.</summary>
internal sealed record RouteStanding(RouteEntry Entry, RouteConditions Failed, string? FailedHeader)
{
    public int FailedCount => BitOperations.PopCount((uint)Failed);

    public static RouteStanding Of<THeaders>(RouteEntry entry, scoped in RouteFacts facts, ref THeaders headers)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        HeaderMatcher? header = entry.Rule.FindFailingHeader(ref headers);
        RouteConditions failed = (entry.Rule.AcceptsMethod(facts) ? RouteConditions.None : RouteConditions.Method)
            | (entry.Rule.AcceptsHost(facts) ? RouteConditions.None : RouteConditions.Host)
            | (entry.AcceptsPath(facts.Path, out _) ? RouteConditions.None : RouteConditions.Path)
            | (header is null ? RouteConditions.None : RouteConditions.Header)
            | (entry.Rule.AcceptsSni(facts) ? RouteConditions.None : RouteConditions.Sni);
        return new RouteStanding(entry, failed, header?.Name);
    }
}
