namespace VoltageSoda.Edge.LoadTests.Model;

/// <summary>What an answer must look like to count as a success. Immutable.</summary>
public sealed record Expectation
{
    /// <summary>The status code.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Header fields that must be there: a name, or a name and its exact value. At most 64.</summary>
    public IReadOnlyList<HeaderRule> Headers { get; init; } = [];

    /// <summary>The body's length in bytes, if it matters.</summary>
    public long? BodyLength { get; init; }

    /// <summary>
    /// SHA-256 of the body in hexadecimal, if it matters. The first answer is hashed; every later one is compared with it byte for byte,
    /// which says as much and costs less.
    /// </summary>
    public string? BodySha256 { get; init; }
}
