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

/// <summary>Names of <see cref="JwtAlgorithm"/>.</summary>
public static class JwtAlgorithms
{
    /// <summary>Reads an alg value: exact, case-sensitive. "none" is not one of them.</summary>
    public static bool TryParse(ReadOnlySpan<byte> name, out JwtAlgorithm algorithm)
    {
        algorithm = default;
        if (name.Length != 5 || name[1] != 'S')
        {
            return false;
        }

        int family = name[0] switch
        {
            (byte)'H' => (int)JwtAlgorithm.HS256,
            (byte)'R' => (int)JwtAlgorithm.RS256,
            (byte)'E' => (int)JwtAlgorithm.ES256,
            (byte)'P' => (int)JwtAlgorithm.PS256,
            _ => -1,
        };
        int size = name[2..].SequenceEqual("256"u8) ? 0 : name[2..].SequenceEqual("384"u8) ? 1 : name[2..].SequenceEqual("512"u8) ? 2 : -1;
        algorithm = (JwtAlgorithm)(family + size);
        return family >= 0 && size >= 0;
    }

    /// <summary>True for HS256, HS384 and HS512: the algorithms with a shared secret.</summary>
    public static bool IsSymmetric(this JwtAlgorithm algorithm) => algorithm <= JwtAlgorithm.HS512;
}
