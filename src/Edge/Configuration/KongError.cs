namespace VoltageSoda.Edge.Configuration;

/// <summary>
/// What stock Kong says of a mistake, where it tells it of another field, of the entity as a whole or in another sentence than the finding, which
/// points at the text to change. Immutable.
/// </summary>
/// <param name="Path">Dotted path in the document of what Kong tells it of.</param>
/// <param name="Message">Kong's sentence.</param>
/// <param name="OnEntity">True when it stands under <c>@entity</c>.</param>
public sealed record KongError(string Path, string Message, bool OnEntity = false);
