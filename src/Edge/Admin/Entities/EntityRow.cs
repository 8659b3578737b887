using System.Text.Json.Nodes;

namespace VoltageSoda.Edge.Admin.Entities;

/// <summary>One entity as the API finds and filters it; its JSON is made when it is asked for. Immutable.</summary>
/// <param name="Kind">Its collection.</param>
/// <param name="Id">Its id.</param>
/// <param name="Key">Name, username or the like; null when it has none.</param>
/// <param name="Tags">Its labels.</param>
/// <param name="Parents">Id by foreign field; fields without a reference are absent.</param>
/// <param name="Render">Makes the JSON.</param>
internal sealed record EntityRow(
    EntityKind Kind,
    Guid Id,
    string? Key,
    IReadOnlyList<string> Tags,
    IReadOnlyList<KeyValuePair<string, Guid>> Parents,
    Func<EntityJson, JsonObject> Render)
{
    /// <summary>The entity a foreign field refers to; null when it is empty.</summary>
    public Guid? Parent(string field)
    {
        foreach ((string name, Guid id) in Parents)
        {
            if (name == field)
            {
                return id;
            }
        }

        return null;
    }
}
