using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>Reads <c>KONG_HEADERS</c> and <c>KONG_HEADERS_UPSTREAM</c> (<c>kong/conf_loader/constants.lua</c>). Pure.</summary>
internal static class KongHeaderTokens
{
    private static readonly (string Token, KongHeaders Value)[] Tokens =
    [
        ("server", KongHeaders.Server),
        ("via", KongHeaders.Via),
        ("x-kong-proxy-latency", KongHeaders.ProxyLatency),
        ("x-kong-response-latency", KongHeaders.ResponseLatency),
        ("x-kong-upstream-latency", KongHeaders.UpstreamLatency),
        ("x-kong-admin-latency", KongHeaders.AdminLatency),
        ("x-kong-upstream-status", KongHeaders.UpstreamStatus),
        ("x-kong-request-id", KongHeaders.RequestId),
        ("server_tokens", KongHeaders.Server | KongHeaders.Via),
        ("latency_tokens",
            KongHeaders.ProxyLatency | KongHeaders.ResponseLatency | KongHeaders.UpstreamLatency | KongHeaders.AdminLatency),
    ];

    public static bool TryParse(string text, out KongHeaders value, out string error) => TryParse(text, "headers", Tokens, out value, out error);

    public static bool TryParseUpstream(string text, out KongHeaders value, out string error) =>
        TryParse(text, "headers_upstream", [("x-kong-request-id", KongHeaders.RequestId)], out value, out error);

    private static bool TryParse(string text, string property, (string Token, KongHeaders Value)[] tokens, out KongHeaders value, out string error)
    {
        value = KongHeaders.None;
        error = "";
        foreach (string entry in SettingGrammar.List(text))
        {
            if (entry == "off")
            {
                continue;
            }

            KongHeaders found = KongHeaders.None;
            foreach ((string token, KongHeaders flag) in tokens)
            {
                if (string.Equals(token, entry, StringComparison.OrdinalIgnoreCase))
                {
                    found = flag;
                }
            }

            if (found == KongHeaders.None)
            {
                // Kong's own sentence.
                error = $"{property}: invalid entry '{entry}'";
                return false;
            }

            value |= found;
        }

        return true;
    }
}
