using System.Globalization;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Configuration.Kong;

/// <summary>
/// Parses request-transformer templates: <c>$(headers["x"])</c>, <c>$(headers.x)</c>, <c>$(query_params.x)</c>, <c>$(uri_captures.x)</c>,
/// <c>$(uri_captures[1])</c>, each with <c>or</c> and further operands or quoted text. Kong's are Lua expressions; anything else is refused. Pure.
/// </summary>
internal static class TemplateParser
{
    private static readonly Dictionary<string, TemplateSource> Sources = new(StringComparer.Ordinal)
    {
        ["headers"] = TemplateSource.Header,
        ["query_params"] = TemplateSource.QueryParam,
        ["uri_captures"] = TemplateSource.UriCapture,
    };

    public static bool TryParse(string text, out ValueTemplate template, out string error)
    {
        template = ValueTemplate.Literal(text);
        error = "";
        if (!text.Contains("$(", StringComparison.Ordinal))
        {
            return true;
        }

        List<TemplatePart> parts = [];
        int at = 0;
        while (at < text.Length)
        {
            int open = text.IndexOf("$(", at, StringComparison.Ordinal);
            if (open != at)
            {
                parts.Add(Literal(text[at..(open < 0 ? text.Length : open)]));
                at = open < 0 ? text.Length : open;
                continue;
            }

            int close = Close(text, open + 2);
            if (close < 0)
            {
                error = "a $( is not closed";
                return false;
            }

            if (!TryExpression(text[(open + 2)..close], out TemplatePart? part, out error))
            {
                return false;
            }

            parts.Add(part!);
            at = close + 1;
        }

        template = new ValueTemplate(text, parts);
        return true;
    }

    private static TemplatePart Literal(string text) => new([new TemplateOperand(TemplateSource.Literal, text, 0)]);

    private static int Close(string text, int at)
    {
        char quote = '\0';
        for (; at < text.Length; at++)
        {
            char c = text[at];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == ')')
            {
                return at;
            }
        }

        return -1;
    }

    private static bool TryExpression(string expression, out TemplatePart? part, out string error)
    {
        part = null;
        List<TemplateOperand> operands = [];
        ReadOnlySpan<char> rest = expression.AsSpan().Trim();
        while (true)
        {
            if (!TryOperand(ref rest, out TemplateOperand? operand))
            {
                error = $"'$({expression})' is not supported; write headers[\"x\"], query_params.x, uri_captures.x or uri_captures[1], with or 'text'";
                return false;
            }

            operands.Add(operand!);
            rest = rest.TrimStart();
            if (rest.IsEmpty)
            {
                part = new TemplatePart(operands);
                error = "";
                return true;
            }

            if (!rest.StartsWith("or", StringComparison.Ordinal) || rest.Length < 3 || char.IsAsciiLetterOrDigit(rest[2]))
            {
                error = $"'$({expression})' is not supported; operands are joined by or";
                return false;
            }

            rest = rest[2..].TrimStart();
        }
    }

    private static bool TryOperand(ref ReadOnlySpan<char> rest, out TemplateOperand? operand)
    {
        operand = null;
        if (rest.IsEmpty)
        {
            return false;
        }

        if (rest[0] is '"' or '\'')
        {
            if (!TryQuoted(ref rest, out string literal))
            {
                return false;
            }

            operand = new TemplateOperand(TemplateSource.Literal, literal, 0);
            return true;
        }

        int end = rest.IndexOfAny('.', '[');
        if (end < 0 || !Sources.TryGetValue(rest[..end].Trim().ToString(), out TemplateSource source))
        {
            return false;
        }

        bool bracket = rest[end] == '[';
        rest = rest[(end + 1)..].TrimStart();
        return bracket ? TryIndex(ref rest, source, out operand) : TryMember(ref rest, source, out operand);
    }

    private static bool TryMember(ref ReadOnlySpan<char> rest, TemplateSource source, out TemplateOperand? operand)
    {
        int length = 0;
        while (length < rest.Length && (char.IsAsciiLetterOrDigit(rest[length]) || rest[length] == '_'))
        {
            length++;
        }

        operand = new TemplateOperand(source, rest[..length].ToString(), 0);
        bool named = length > 0 && !char.IsAsciiDigit(rest[0]);
        rest = rest[length..];
        return named;
    }

    private static bool TryIndex(ref ReadOnlySpan<char> rest, TemplateSource source, out TemplateOperand? operand)
    {
        operand = null;
        if (!rest.IsEmpty && rest[0] is '"' or '\'')
        {
            if (!TryQuoted(ref rest, out string name))
            {
                return false;
            }

            operand = new TemplateOperand(source, name, 0);
        }
        else
        {
            int close = rest.IndexOf(']');
            if (source != TemplateSource.UriCapture || close < 0
                || !int.TryParse(rest[..close].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            {
                return false;
            }

            operand = new TemplateOperand(TemplateSource.UriCaptureIndex, "", index);
            rest = rest[close..];
        }

        rest = rest.TrimStart();
        if (rest.IsEmpty || rest[0] != ']')
        {
            return false;
        }

        rest = rest[1..];
        return true;
    }

    private static bool TryQuoted(ref ReadOnlySpan<char> rest, out string text)
    {
        int close = rest[1..].IndexOf(rest[0]);
        text = close < 0 ? "" : rest.Slice(1, close).ToString();
        rest = close < 0 ? rest : rest[(close + 2)..];
        return close >= 0;
    }
}
