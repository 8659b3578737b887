namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>Signature algorithms of jwt credentials (RFC 7518 names).</summary>
public enum JwtAlgorithm
{
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    ES256,
    ES384,
    ES512,
    PS256,
    PS384,
    PS512,
}
