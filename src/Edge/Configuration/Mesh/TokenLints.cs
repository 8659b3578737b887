namespace VoltageSoda.Edge.Configuration.Mesh;

/// <summary>What there is to say about the rules of a RequestAuthentication, whoever enforces them.</summary>
internal static class TokenLints
{
    /// <summary>Checks them.</summary>
    public static void Check(MeshRecord spec)
    {
        foreach (MeshRecord rule in spec.Records("jwtRules"))
        {
            if (!rule.Has("issuer"))
            {
                rule.ReportHere(FindingCodes.MeshRequired, "issuer is required", "the document guards all the same");
            }

            string? first = rule.Has("fromHeaders") ? "fromHeaders" : rule.Has("fromParams") ? "fromParams" : rule.Has("fromCookies") ? "fromCookies" : null;
            if (first is not null)
            {
                rule.ReportKey(FindingCodes.TokenPlaces, first, "tokens are looked for in the configured places only: Authorization and access_token are no defaults any more");
            }
        }
    }
}
