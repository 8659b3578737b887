namespace VoltageSoda.Edge.TestKit;

/// <summary>One response as it came over the wire.</summary>
/// <param name="StatusLine">First line without its end.</param>
/// <param name="Status">Status code.</param>
/// <param name="Fields">Fields in order.</param>
/// <param name="Body">Decoded body, Latin-1.</param>
public sealed record RawResponse(string StatusLine, int Status, IReadOnlyList<(string Name, string Value)> Fields, string Body)
{
    /// <summary>Trailer lines of a chunked body.</summary>
    public List<string> Trailers { get; } = [];

    /// <summary>Whether the body ended as its framing says.</summary>
    public bool BodyWasComplete { get; init; }

    /// <summary>First value of a field, or null.</summary>
    public string? Header(string name)
    {
        foreach ((string field, string value) in Fields)
        {
            if (field.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Every value of a field.</summary>
    public IReadOnlyList<string> Headers(string name) =>
        [.. Fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static field => field.Value)];

    internal static RawResponse Parse(string head)
    {
        string[] lines = head.TrimEnd('\r', '\n').Split("\r\n");
        string[] status = lines[0].Split(' ', 3);
        List<(string, string)> fields = [];
        foreach (string line in lines[1..])
        {
            int colon = line.IndexOf(':');
            fields.Add((line[..colon], line[(colon + 1)..].Trim()));
        }

        return new RawResponse(lines[0], int.Parse(status[1]), fields, "");
    }
}
