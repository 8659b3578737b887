using System.Text;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>A header edit list compiled to bytes. Entries that Kong skips (no value, Host where it may not be) are gone. Immutable.</summary>
internal sealed class HeaderEditPlan
{
    private HeaderEditPlan(EditLists lists, bool isRequest)
    {
        Remove = [.. lists.Remove.Select(Encoding.UTF8.GetBytes)];
        Rename = [.. lists.Rename.Where(static e => !string.IsNullOrEmpty(e.Value)).Select(e => RenameOf(e, isRequest))];
        Replace = Values(lists.Replace, isRequest, lower: isRequest, allowHost: true);
        Add = Values(lists.Add, isRequest, lower: false, allowHost: !isRequest);
        Append = Values(lists.Append, isRequest, lower: false, allowHost: !isRequest);
    }

    public byte[][] Remove { get; }

    public (byte[] Old, byte[] New)[] Rename { get; }

    public HeaderValueEdit[] Replace { get; }

    public HeaderValueEdit[] Add { get; }

    public HeaderValueEdit[] Append { get; }

    public bool IsEmpty => Remove.Length == 0 && Rename.Length == 0 && Replace.Length == 0 && Add.Length == 0 && Append.Length == 0;

    public static HeaderEditPlan ForRequest(EditLists lists) => new(lists, isRequest: true);

    public static HeaderEditPlan ForResponse(EditLists lists) => new(lists, isRequest: false);

    // A request field gets its new name in lower case, unless only the case changes.
    private static (byte[] Old, byte[] New) RenameOf(NameValue entry, bool isRequest)
    {
        string name = entry.Value!;
        bool isCaseChange = string.Equals(entry.Name, name, StringComparison.OrdinalIgnoreCase);
        return (Encoding.UTF8.GetBytes(entry.Name), Encoding.UTF8.GetBytes(isRequest && !isCaseChange ? name.ToLowerInvariant() : name));
    }

    private static HeaderValueEdit[] Values(IEnumerable<NameValue> entries, bool isRequest, bool lower, bool allowHost) =>
    [
        .. entries
            .Where(e => !string.IsNullOrEmpty(e.Value) && (allowHost || !IsHost(e.Name)))
            .Select(e => new HeaderValueEdit(
                Encoding.UTF8.GetBytes(lower ? e.Name.ToLowerInvariant() : e.Name),
                isRequest ? TemplateText.Parse(e.Value!) : TemplateText.Literal(e.Value!),
                IsHost(e.Name))),
    ];

    private static bool IsHost(string name) => string.Equals(name, "host", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A field to write: its name and the template of its value.</summary>
internal sealed record HeaderValueEdit(byte[] Name, TemplateText Value, bool IsHost);
