namespace VoltageSoda.Edge.LoadTests.Model;

/// <summary>One request and what is expected back. Steps of a scenario follow each other on one connection. Immutable.</summary>
public sealed record Step(string Name, string Path)
{
    /// <summary>The request method.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Further request header fields, in order.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The request body; empty means none is sent and none is announced, except for POST, PUT and PATCH.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What counts as a success.</summary>
    public Expectation Expect { get; init; } = new();
}
