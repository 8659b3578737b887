using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>
/// Names and ids of entities by collection; finds references and repeated keys (<c>kong/db/schema/others/declarative_config.lua</c>). Used by
/// one thread.
/// </summary>
internal sealed class EntityIndex(FindingList findings)
{
    private const int MostSuggestions = 50;

    private readonly Dictionary<(string Collection, string Field, string Value), SourceSpan> _unique = [];
    private readonly Dictionary<(string Collection, string Key), EntityRef> _byKey = [];
    private int _unresolved;

    /// <summary>Registers an entity under its id and, when it has one, its name.</summary>
    public void Register(string collection, KongEntity entity, string? key)
    {
        EntityRef reference = new(entity.Id, entity.Label, entity.Span);
        _byKey.TryAdd((collection, entity.Id.ToString()), reference);
        if (key is not null)
        {
            _byKey.TryAdd((collection, key), reference);
        }
    }

    /// <summary>Reports a unique field whose value was there before; Kong's sentence.</summary>
    public bool Unique(string collection, string field, string value, SourceSpan span, string path, string? shown = null)
    {
        if (_unique.TryAdd((collection, field, value), span))
        {
            return true;
        }

        SourceSpan first = _unique[(collection, field, value)];
        findings.Add(
            FindingCodes.Uniqueness,
            span,
            path,
            $"uniqueness violation: '{collection}' entity with {field} set to '{shown ?? value}' already declared",
            hint: $"the first one is at {first.From(span)}");
        return false;
    }

    /// <summary>Takes a unique value without reporting; false when it was there before.</summary>
    public bool TryReserve(string collection, string field, string value, SourceSpan span) => _unique.TryAdd((collection, field, value), span);

    /// <summary>Finds an entity by name or id; null when there is none.</summary>
    public EntityRef? Find(string collection, string key) =>
        _byKey.GetValueOrDefault((collection, key)) ?? _byKey.GetValueOrDefault((collection, key.ToLowerInvariant()));

    /// <summary>Resolves a reference, or reports it with Kong's sentence and the nearest name.</summary>
    public EntityRef? Resolve(string collection, string field, LocatedText reference)
    {
        if (Find(collection, reference.Text) is { } found)
        {
            return found with { Span = reference.Span };
        }

        // With many broken references the first suggestions are enough; each looks at every name.
        string? nearest = ++_unresolved > MostSuggestions ? null : NearestName.Find(reference.Text, _byKey.Keys.Where(key => key.Collection == collection).Select(key => key.Key));
        findings.Add(
            FindingCodes.BadReference,
            reference.Span,
            reference.Path,
            $"invalid reference '{field}: {reference.Text}' (no such entry in '{collection}')",
            hint: nearest is null ? null : $"did you mean '{nearest}'?");
        return null;
    }
}
