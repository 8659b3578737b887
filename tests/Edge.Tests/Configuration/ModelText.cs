using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>Writes a model as indented text, every property, for golden files.</summary>
internal static class ModelText
{
    public static string Render(object model, string root)
    {
        StringBuilder text = new();
        Write(text, model, 0, root);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object value, int depth, string root)
    {
        foreach (PropertyInfo property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.Name is "Fields" or "Written" or "WrittenName" or "EqualityContract" || property.GetIndexParameters().Length > 0)
            {
                continue;
            }

            object? inner = property.GetValue(value);
            string indent = new(' ', depth * 2);
            if (inner is null)
            {
                continue;
            }

            if (Scalar(inner, root) is { } scalar)
            {
                text.Append(indent).Append(property.Name).Append(": ").Append(scalar).Append('\n');
            }
            else if (inner is IEnumerable items)
            {
                List<object> all = [.. items.Cast<object>()];
                if (all.Count == 0)
                {
                    continue;
                }

                if (all.TrueForAll(item => Scalar(item, root) is not null))
                {
                    text.Append(indent).Append(property.Name).Append(": [").AppendJoin(", ", all.Select(item => Scalar(item, root))).Append("]\n");
                    continue;
                }

                text.Append(indent).Append(property.Name).Append(":\n");
                foreach (object item in all)
                {
                    text.Append(indent).Append("- ").Append(item.GetType().Name).Append('\n');
                    Write(text, item, depth + 1, root);
                }
            }
            else
            {
                text.Append(indent).Append(property.Name).Append(": ").Append(inner.GetType().Name).Append('\n');
                Write(text, inner, depth + 1, root);
            }
        }
    }

    private static string? Scalar(object value, string root) => value switch
    {
        string text => text,
        SourceSpan span => $"{Path.GetRelativePath(root, span.File)}:{span.Line}:{span.Column}".Replace("\\", "/"),
        Secret secret => secret.ToString(),
        EntityRef reference => $"{reference.Label} ({reference.Id})",
        KeyValuePair<string, string> pair => $"{pair.Key}={pair.Value}",
        TransformEntry entry => $"{entry.Name}={entry.Value?.Text}",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        _ => null,
    };
}
