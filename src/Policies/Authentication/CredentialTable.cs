namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>All jwt credentials by key: looked up by bytes, exact, no allocation. Immutable, thread-safe.</summary>
public sealed class CredentialTable
{
    /// <summary>Builds the table. Keys are unique (the reader has checked); a public key that does not parse throws <see cref="ArgumentException"/>.</summary>
    public CredentialTable(IEnumerable<JwtCredential> credentials)
    {
        ArgumentNullException.ThrowIfNull(credentials);
    }

    public int Count => throw new NotImplementedException();

    /// <summary>Checks a PEM public key for an algorithm; the reader uses it to refuse a bad key with a location.</summary>
    public static bool TryValidateKey(JwtAlgorithm algorithm, string pem, out string? error) => throw new NotImplementedException();
}
