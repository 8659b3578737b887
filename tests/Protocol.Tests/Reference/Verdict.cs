namespace VoltageSoda.Edge.Protocol.Tests.Reference;

/// <summary>
/// What a reader says about some bytes: it wants more, it refuses with a status, or it has understood the message as the given text.
/// </summary>
internal sealed record Verdict(string Kind, int Status, string Meaning)
{
    public static Verdict Incomplete { get; } = new("incomplete", 0, "");

    public static Verdict Refused(int status) => new("refused", status, "");

    public static Verdict Understood(string meaning) => new("understood", 0, meaning);
}
