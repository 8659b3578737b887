using System.Text;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>Edits of named arguments (query string, form, JSON members, multipart parts), compiled to bytes. Immutable.</summary>
internal sealed class ArgumentEditPlan(EditLists lists)
{
    public byte[][] Remove { get; } = [.. lists.Remove.Select(Encoding.UTF8.GetBytes)];

    public (byte[] Old, byte[] New)[] Rename { get; } =
    [
        .. lists.Rename.Where(static e => !string.IsNullOrEmpty(e.Value))
            .Select(static e => (Encoding.UTF8.GetBytes(e.Name), Encoding.UTF8.GetBytes(e.Value!))),
    ];

    public ArgumentEdit[] Replace { get; } = Values(lists.Replace);

    public ArgumentEdit[] Add { get; } = Values(lists.Add);

    public ArgumentEdit[] Append { get; } = Values(lists.Append);

    public bool IsEmpty => Remove.Length == 0 && Rename.Length == 0 && Replace.Length == 0 && Add.Length == 0 && Append.Length == 0;

    private static ArgumentEdit[] Values(IEnumerable<NameValue> entries) =>
    [
        .. entries.Where(static e => !string.IsNullOrEmpty(e.Value))
            .Select(static e => new ArgumentEdit(Encoding.UTF8.GetBytes(e.Name), TemplateText.Parse(e.Value!))),
    ];
}

/// <summary>An argument to write: its name and the template of its value.</summary>
internal sealed record ArgumentEdit(byte[] Name, TemplateText Value);
