using System.Globalization;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Model.Mesh;

namespace VoltageSoda.Edge.Configuration.Mesh;

/// <content>Scalars and lists of scalars.</content>
internal sealed partial class MeshRecord
{
    /// <summary>A text; null when absent. An empty text is absent in protobuf, too.</summary>
    public string? Text(string field) =>
        Entry(field) is { } entry && TextOf(entry.Value, PathOf(field)) is { Length: > 0 } text ? text : null;

    /// <summary>A text that must be there.</summary>
    public string? Required(string field)
    {
        if (Text(field) is { } text)
        {
            return text;
        }

        if (Entry(field) is null or { Value: YamlScalar { Text: "" } })
        {
            Report(FindingCodes.MeshRequired, field, "is required");
        }

        return null;
    }

    /// <summary>A whole number in a range; null when absent or wrong. A number in quotes is one.</summary>
    public int? Integer(string field, int min = 0, int max = int.MaxValue) => Entry(field) is { } entry ? IntegerOf(entry.Value, PathOf(field), min, max) : null;

    /// <summary>A number in a range; null when absent or wrong.</summary>
    public double? Number(string field, double min, double max)
    {
        if (Entry(field) is not { } entry || NumberOf(entry.Value, PathOf(field)) is not { } number)
        {
            return null;
        }

        if (number >= min && number <= max)
        {
            return number;
        }

        Report(FindingCodes.MeshOutOfRange, field, $"must be between {Shown(min)} and {Shown(max)}, it is {Shown(number)}");
        return null;
    }

    /// <summary>A boolean; null when absent or wrong.</summary>
    public bool? Boolean(string field)
    {
        if (Entry(field) is not { } entry)
        {
            return null;
        }

        if (entry.Value is YamlScalar { Type: YamlScalarType.Boolean } boolean)
        {
            return boolean.Number != 0;
        }

        if (entry.Value is YamlScalar { Text: "true" or "false" } text)
        {
            return text.Text == "true";
        }

        Report(FindingCodes.MeshWrongType, field, $"expected true or false, it is {entry.Value.NamedType}");
        return null;
    }

    /// <summary>A port; null when absent or wrong.</summary>
    public int? Port(string field) => Integer(field, 1, 65535);

    /// <summary>A duration of at least 1 ms; null when absent or wrong. <paramref name="zero"/> also allows 0.</summary>
    public TimeSpan? Duration(string field, bool zero = false)
    {
        if (Entry(field) is not { } entry)
        {
            return null;
        }

        if (entry.Value is not YamlScalar scalar || !MeshDuration.TryParse(scalar.Text, out TimeSpan duration))
        {
            Report(FindingCodes.MeshDuration, field, "expected a duration such as 5s, 100ms or 1h", hint: DurationHint(entry.Value));
            return null;
        }

        if (duration >= TimeSpan.FromMilliseconds(1) || (zero && duration == TimeSpan.Zero))
        {
            return duration;
        }

        Report(FindingCodes.MeshDuration, field, zero ? "must be 0s or at least 1ms" : "must be at least 1ms");
        return null;
    }

    /// <summary>One of named values; null when absent or wrong.</summary>
    public T? Choice<T>(string field, params ReadOnlySpan<(string Name, T Value)> allowed)
        where T : struct
    {
        if (Text(field) is not { } text)
        {
            return null;
        }

        List<string> names = [];
        foreach ((string name, T value) in allowed)
        {
            if (name == text)
            {
                return value;
            }

            names.Add(name);
        }

        string? nearest = NearestName.Find(text, names);
        Report(FindingCodes.MeshNotAllowed, field, $"'{text}' is none of {string.Join(", ", names)}", hint: nearest is null ? null : $"did you mean '{nearest}'?");
        return null;
    }

    /// <summary>A list of texts; empty when absent. A single text is a finding.</summary>
    public IReadOnlyList<LocatedName> Texts(string field)
    {
        if (Entry(field) is not { } entry)
        {
            return [];
        }

        if (entry.Value is not YamlSequence list)
        {
            Report(FindingCodes.MeshWrongType, field, $"expected a list, it is {entry.Value.NamedType}", hint: "begin each entry with '- '");
            return [];
        }

        List<LocatedName> texts = [];
        for (int i = 0; i < list.Items.Count; i++)
        {
            if (TextOf(list.Items[i], $"{PathOf(field)}[{i}]") is { } text)
            {
                texts.Add(new LocatedName(text, list.Items[i].Span));
            }
        }

        return texts;
    }

    /// <summary>A list of texts without their places.</summary>
    public IReadOnlyList<string> Names(string field) => [.. Texts(field).Select(static text => text.Name)];

    /// <summary>The text of a node; null with a finding when it is none. Numbers and booleans are taken as written.</summary>
    public string? TextOf(YamlNode node, string path)
    {
        if (node is not YamlScalar { IsNull: false } scalar)
        {
            Load.Add(FindingCodes.MeshWrongType, node.Span, path, $"{path}: expected a string, it is {node.NamedType}");
            return null;
        }

        if (scalar.Type != YamlScalarType.String)
        {
            Load.Add(FindingCodes.MeshConvertedType, node.Span, path, $"{path}: expected a string, it is {scalar.NamedType}", $"'{scalar.Text}' is taken as text",
                "put quotes around it");
        }

        return scalar.Text;
    }

    /// <summary>A whole number of a node.</summary>
    public int? IntegerOf(YamlNode node, string path, int min = 0, int max = int.MaxValue)
    {
        if (NumberOf(node, path) is not { } number)
        {
            return null;
        }

        if (number != Math.Floor(number))
        {
            Load.Add(FindingCodes.MeshWrongType, node.Span, path, $"{path}: expected a whole number, it is {Shown(number)}");
            return null;
        }

        if (number >= min && number <= max)
        {
            return (int)number;
        }

        Load.Add(FindingCodes.MeshOutOfRange, node.Span, path, $"{path}: must be between {min} and {max}, it is {Shown(number)}");
        return null;
    }

    private double? NumberOf(YamlNode node, string path)
    {
        if (node is YamlScalar { Type: YamlScalarType.Integer or YamlScalarType.Float } scalar && double.IsFinite(scalar.Number))
        {
            return scalar.Number;
        }

        if (node is YamlScalar { Type: YamlScalarType.String } text
            && double.TryParse(text.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
        {
            return number;
        }

        Load.Add(FindingCodes.MeshWrongType, node.Span, path, $"{path}: expected a number, it is {node.NamedType}");
        return null;
    }

    private static string Shown(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);

    private static string? DurationHint(YamlNode node) =>
        node is YamlScalar { Type: YamlScalarType.Integer or YamlScalarType.Float } bare ? $"write {bare.Text}s" : null;
}
