using System.Globalization;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <content>Scalars and lists of scalars.</content>
internal sealed partial class RecordReader
{
    /// <summary>A text; null when absent or unusable (then there is a finding).</summary>
    public string? Text(string field, bool required = false) => Located(field, required)?.Text;

    /// <summary>A text with its place.</summary>
    public LocatedText? Located(string field, bool required = false)
    {
        if (Entry(field) is not { } entry)
        {
            if (required)
            {
                Report(FindingCodes.RequiredMissing, field, "required field missing");
            }

            return null;
        }

        return ReadText(entry.Value, field, PathOf(field));
    }

    /// <summary>One of the allowed texts; <paramref name="fallback"/> when absent or wrong.</summary>
    public string Choice(string field, string fallback, params ReadOnlySpan<string> allowed)
    {
        if (Located(field) is not { } value)
        {
            return fallback;
        }

        if (allowed.Contains(value.Text))
        {
            return value.Text;
        }

        string? nearest = NearestName.Find(value.Text, allowed.ToArray());
        Report(FindingCodes.NotAllowed, field, $"expected one of: {string.Join(", ", allowed!)}",
            hint: nearest is null ? $"it is '{value.Text}'" : $"it is '{value.Text}'; did you mean '{nearest}'?");
        return fallback;
    }

    /// <summary>A whole number in a range; null when absent or wrong.</summary>
    public long? Integer(string field, long min = long.MinValue, long max = long.MaxValue)
    {
        if (Number(field) is not { } number)
        {
            return null;
        }

        if (number != Math.Floor(number) || Math.Abs(number) > 1L << 53)
        {
            Report(FindingCodes.WrongType, field, "expected an integer");
            return null;
        }

        return InRange(field, number, min, max) ? (long)number : null;
    }

    /// <summary>A number in a range; null when absent or wrong.</summary>
    public double? Number(string field, double min, double max) =>
        Number(field) is { } number && InRange(field, number, min, max) ? number : null;

    /// <summary>A number; null when absent or wrong.</summary>
    public double? Number(string field)
    {
        if (Entry(field) is not { } entry)
        {
            return null;
        }

        if (entry.Value is not YamlScalar scalar)
        {
            Report(FindingCodes.WrongType, field, "expected a number", hint: $"it is {entry.Value.NamedType}");
            return null;
        }

        if (scalar.Type is YamlScalarType.Integer or YamlScalarType.Float && double.IsFinite(scalar.Number))
        {
            return scalar.Number;
        }

        if (scalar.Type == YamlScalarType.String && Expanded(scalar, field, PathOf(field)) is { } text)
        {
            bool changed = text != scalar.Text;
            (YamlScalarType type, double number) = text.Length == 0 ? (YamlScalarType.String, 0) : YamlScalarRules.Plain(text.Trim());
            if (type is YamlScalarType.Integer or YamlScalarType.Float && double.IsFinite(number))
            {
                if (!changed)
                {
                    Report(FindingCodes.ConvertedType, field, "expected a number", "the text is read as one", "leave out the quotes");
                }

                return number;
            }

            Report(FindingCodes.WrongType, field, "expected a number", hint: changed ? null : $"it is the string '{text}'");
            return null;
        }

        if (scalar.Type != YamlScalarType.String)
        {
            Report(FindingCodes.WrongType, field, "expected a number", hint: $"it is {scalar.NamedType}");
        }

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

        if (entry.Value is YamlScalar { Type: YamlScalarType.String } scalar && Expanded(scalar, field, PathOf(field)) is { } text)
        {
            (YamlScalarType type, double number) = YamlScalarRules.Plain(text);
            if (type == YamlScalarType.Boolean)
            {
                if (text == scalar.Text)
                {
                    Report(FindingCodes.ConvertedType, field, "expected a boolean", "the text is read as one", "leave out the quotes");
                }

                return number != 0;
            }
        }

        Report(FindingCodes.WrongType, field, "expected a boolean", hint: "write true or false");
        return null;
    }

    /// <summary>Milliseconds in a range; null when absent or wrong.</summary>
    public TimeSpan? Milliseconds(string field, long min = 0, long max = int.MaxValue - 1) =>
        Integer(field, min, max) is { } value ? TimeSpan.FromMilliseconds(value) : null;

    /// <summary>Seconds with a fraction; null when absent or wrong.</summary>
    public TimeSpan? Seconds(string field, double max) =>
        Number(field, 0, max) is { } value ? TimeSpan.FromSeconds(value) : null;

    /// <summary>A list of texts; <paramref name="kind"/> is Kong's word for it (array or set). A set keeps the first of equal entries.</summary>
    public IReadOnlyList<LocatedText>? Texts(string field, string kind = "array")
    {
        if (Entry(field) is not { } entry)
        {
            return null;
        }

        switch (entry.Value)
        {
            case YamlSequence list:
                List<LocatedText> texts = [];
                for (int i = 0; i < list.Items.Count; i++)
                {
                    if (ReadText(list.Items[i], $"{field}[{i}]", $"{PathOf(field)}[{i}]") is { } text)
                    {
                        _spans[$"{_spanPrefix}{field}[{i}]"] = text.Span;
                        if (kind != "set" || !texts.Exists(other => other.Text == text.Text))
                        {
                            texts.Add(text);
                        }
                    }
                }

                return texts;
            case YamlMapping { Entries.Count: 0 }:
                return [];
            case YamlScalar:
                Report(FindingCodes.ConvertedType, field, $"expected {Article(kind)}", "read as a list of one", "begin the value with '- '");
                return ReadText(entry.Value, field, PathOf(field)) is { } single ? [single] : [];
            default:
                Report(FindingCodes.WrongType, field, $"expected {Article(kind)}", hint: $"it is {entry.Value.NamedType}");
                return null;
        }
    }

    /// <summary>A list of allowed texts.</summary>
    public IReadOnlyList<string>? Choices(string field, string kind, params string[] allowed)
    {
        if (Texts(field, kind) is not { } texts)
        {
            return null;
        }

        foreach (LocatedText text in texts)
        {
            if (!allowed.Contains(text.Text))
            {
                string? nearest = NearestName.Find(text.Text, allowed);
                _load.Findings.Add(FindingCodes.NotAllowed, text.Span, text.Path, $"{Shown(field)}: expected one of: {string.Join(", ", allowed)}",
                    hint: nearest is null ? $"it is '{text.Text}'" : $"it is '{text.Text}'; did you mean '{nearest}'?");
            }
        }

        return [.. texts.Select(text => text.Text).Where(allowed.Contains)];
    }

    /// <summary>
    /// A secret, or why there is none: nothing at all when absent. References that stay in the text never become the secret. An empty text is no
    /// secret, and strict mode refuses it where it is written so; where Kong's schema allows it (<paramref name="mayBeEmpty"/>), it counts as absent.
    /// </summary>
    public SecretField SecretText(string field, bool mayBeEmpty = false)
    {
        if (Entry(field) is not { } entry)
        {
            return default;
        }

        if (entry.Value is not YamlScalar scalar)
        {
            Report(FindingCodes.WrongType, field, "expected a string", hint: $"it is {entry.Value.NamedType}");
            return new SecretField(null, "it is no text", Reported: true);
        }

        Expansion expansion = _load.Expander.Expand(scalar.Text);
        if (expansion.Missing.Count > 0)
        {
            return new SecretField(null, $"{string.Join(", ", expansion.Missing)} has no value", Reported: false);
        }

        if (expansion.IsLiteralReference)
        {
            Report(FindingCodes.LiteralReference, field, "the value is a reference that is not expanded here, so that the secret would be its literal text",
                hint: _load.Expander.Rule == ExpansionRule.Nothing
                    ? "post the value itself: references are expanded in files only"
                    : _load.Strict ? "use {vault://env/name}, or EDGE_CONFIG_MODE=compat" : "write ${NAME}, or $$ for a dollar sign");
            return new SecretField(null, "it is a literal reference", Reported: true);
        }

        if (expansion.Text.Length == 0)
        {
            if (mayBeEmpty)
            {
                return default;
            }

            if (scalar.Text.Length == 0 && _load.Strict)
            {
                Report(FindingCodes.BadValue, field, "length must be at least 1");
                return new SecretField(null, "it is empty", Reported: true);
            }

            return new SecretField(null, "it is empty", Reported: false);
        }

        if (expansion.Text == Secret.Mask)
        {
            Report(FindingCodes.MaskedSecret, field, "the value is the mask that the Admin API shows in place of secrets",
                hint: "write the secret itself; EDGE_ADMIN_SHOW_SECRETS=1 shows it");
            return new SecretField(null, "it is a mask", Reported: true);
        }

        if (scalar.Type != YamlScalarType.String)
        {
            Report(FindingCodes.ConvertedType, field, "expected a string", "its text is taken", "put quotes around it");
        }

        return new SecretField(new Secret(expansion.Text), null, Reported: false);
    }

    /// <summary>The text of a node, expanded and never empty; numbers and booleans are taken as written, with a finding.</summary>
    private LocatedText? ReadText(YamlNode node, string field, string path)
    {
        if (node is not YamlScalar scalar || scalar.IsNull)
        {
            _load.Findings.Add(FindingCodes.WrongType, node.Span, path, $"{Shown(field)}: expected a string", hint: $"it is {node.NamedType}");
            return null;
        }

        if (scalar.Type != YamlScalarType.String)
        {
            _load.Findings.Add(FindingCodes.ConvertedType, node.Span, path, $"{Shown(field)}: expected a string", $"'{scalar.Text}' is taken as text",
                "put quotes around it");
            return new LocatedText(scalar.Text, node.Span, path);
        }

        if (Expanded(scalar, field, path) is not { } text)
        {
            return null;
        }

        if (text.Length == 0)
        {
            // No text of Kong's schemas may be empty unless it says so (len_min of kong/db/schema/init.lua).
            _load.Findings.Add(FindingCodes.BadValue, node.Span, path, $"{Shown(field)}: length must be at least 1");
            return null;
        }

        return new LocatedText(text, node.Span, path);
    }

    private string? Expanded(YamlScalar scalar, string field, string path)
    {
        Expansion expansion = _load.Expander.Expand(scalar.Text);
        if (expansion.Missing.Count == 0)
        {
            return expansion.Text;
        }

        _load.Findings.Add(FindingCodes.VariableMissing, scalar.Span, path,
            $"{Shown(field)}: {string.Join(", ", expansion.Missing)} has no value and no default",
            hint: $"set it (or {expansion.Missing[0]}_FILE), or write ${{{expansion.Missing[0]}:-default}}");
        return null;
    }

    private bool InRange(string field, double number, double min, double max)
    {
        if (number >= min && number <= max)
        {
            return true;
        }

        string Bound(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
        Report(FindingCodes.OutOfRange, field, $"value should be between {Bound(min)} and {Bound(max)}", hint: $"it is {Bound(number)}");
        return false;
    }

    private static string Article(string kind) => kind == "array" ? "an array" : $"a {kind}";
}
