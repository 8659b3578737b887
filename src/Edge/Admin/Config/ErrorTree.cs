using System.Text.Json.Nodes;
using VoltageSoda.Edge.Admin.Schemas;

namespace VoltageSoda.Edge.Admin.Config;

/// <summary>
/// The <c>fields</c> of a refusal: it mirrors the document, with null where nothing is wrong and <c>@entity</c> for what concerns an entity as a
/// whole (<c>kong/db/schema/others/declarative_config.lua</c>). Used by one thread.
/// </summary>
internal sealed class ErrorTree
{
    // A document of millions of entities must not make an answer of as many nulls.
    private const int LargestPosition = 100_000;

    private readonly Dictionary<string, ErrorTree> _members = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, ErrorTree> _items = [];
    private readonly List<PostedFinding> _findings = [];

    /// <summary>The tree of some findings.</summary>
    public static ErrorTree Of(IEnumerable<PostedFinding> findings)
    {
        ErrorTree root = new();
        foreach (PostedFinding finding in findings)
        {
            root.Add(FieldPath.Parse(finding.Kind == PostedFindingKind.Document ? "error" : finding.Path), finding);
        }

        return root;
    }

    /// <summary>True when there is nothing.</summary>
    public bool IsEmpty => _members.Count + _items.Count + _findings.Count == 0;

    /// <summary>As JSON.</summary>
    public JsonObject ToObject() => ToJson() as JsonObject ?? [];

    private JsonNode ToJson()
    {
        if (_items.Count > 0 && _members.Count == 0)
        {
            JsonArray array = [];
            foreach ((int position, ErrorTree item) in _items)
            {
                while (array.Count < position)
                {
                    array.Add(null);
                }

                array.Add(item.ToJson());
            }

            return array;
        }

        // Two fields that contradict a third are told twice, as in Kong.
        JsonArray entity = KongJson.Texts(_findings.Where(static finding => finding.Kind == PostedFindingKind.Entity).Select(static finding => finding.Message));
        if (_members.Count == 0 && entity.Count == 0)
        {
            return Leaf();
        }

        JsonObject result = [];
        foreach ((string name, ErrorTree member) in _members)
        {
            result[name] = member.ToJson();
        }

        foreach (string message in Messages(static kind => kind != PostedFindingKind.Entity))
        {
            entity.Add((JsonNode)message);
        }

        if (entity.Count > 0)
        {
            result["@entity"] = entity;
        }

        return result;
    }

    private JsonNode Leaf()
    {
        string[] messages = [.. Messages(static _ => true)];
        return _findings.Exists(static finding => finding.Kind == PostedFindingKind.Reference)
            ? KongJson.Texts(messages)
            : messages.Length == 1 ? messages[0] : KongJson.Texts(messages);
    }

    private IEnumerable<string> Messages(Func<PostedFindingKind, bool> which) =>
        _findings.Where(finding => which(finding.Kind)).Select(static finding => finding.Message).Distinct(StringComparer.Ordinal);

    private void Add(List<PathStep> steps, PostedFinding finding)
    {
        ErrorTree node = this;
        // A reference is told at the entity that has it.
        int count = finding.Kind == PostedFindingKind.Reference ? LastEntity(steps) : steps.Count;
        if (finding.Kind == PostedFindingKind.Uniqueness)
        {
            count = LastEntity(steps);
        }

        for (int i = 0; i < count; i++)
        {
            PathStep step = steps[i];
            if (step.IsIndex)
            {
                if (step.Index > LargestPosition)
                {
                    return;
                }

                if (!node._items.TryGetValue(step.Index, out ErrorTree? item))
                {
                    node._items[step.Index] = item = new ErrorTree();
                }

                node = item;
            }
            else
            {
                if (!node._members.TryGetValue(step.Name, out ErrorTree? member))
                {
                    node._members[step.Name] = member = new ErrorTree();
                }

                node = member;
            }
        }

        node._findings.Add(finding);
    }

    private static int LastEntity(List<PathStep> steps)
    {
        int end = 0;
        for (int i = 0; i + 1 < steps.Count; i += 2)
        {
            if (steps[i].IsIndex || !steps[i + 1].IsIndex || Entities.EntityKind.Find(steps[i].Name) is null)
            {
                break;
            }

            end = i + 2;
        }

        return end == 0 ? steps.Count : end;
    }
}
