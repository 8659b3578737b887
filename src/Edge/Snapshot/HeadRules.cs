using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Transformation;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Snapshot;

/// <summary>
/// How the heads of one snapshot are read: the rules of the settings, the names that its plugins vouch for, and the scheme that an
/// absolute-form target may name. Immutable, safe from any thread.
/// </summary>
internal sealed class HeadRules
{
    private readonly RequestRules _http;
    private readonly RequestRules _https;
    private readonly RequestRules _either;

    public HeadRules(RequestRules rules, IReadOnlyList<string> guarded)
    {
        RequestRules all = rules with { GuardedNames = [.. rules.GuardedNames.Concat(guarded).Distinct(StringComparer.OrdinalIgnoreCase)] };
        _http = all with { Scheme = UriScheme.Http };
        _https = all with { Scheme = UriScheme.Https };
        _either = all with { Scheme = UriScheme.None };
    }

    /// <summary>
    /// The scheme that targets on a connection may name: its own; None, which is any, for a peer that is <paramref name="trusted"/> to
    /// have ended TLS before it or to have begun it.
    /// </summary>
    public static UriScheme SchemeOf(in ConnectionFacts facts, CidrMatch trusted) =>
        trusted.Contains(facts.PeerAddress) ? UriScheme.None : facts.IsTls ? UriScheme.Https : UriScheme.Http;

    public RequestRules For(UriScheme scheme) => scheme switch
    {
        UriScheme.Http => _http,
        UriScheme.Https => _https,
        _ => _either,
    };
}
