using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// Parses the part of Kong's template language that we support: <c>$(term or term ...)</c>, a term being <c>headers["x"]</c>, <c>headers.x</c>,
/// <c>query_params.x</c>, <c>uri_captures.x</c>, <c>uri_captures[1]</c> (each form for each source where it makes sense), a quoted text or a number.
/// Load time only.
/// </summary>
internal static class TemplateReader
{
    public static List<TemplatePart>? Read(string text, out string? error)
    {
        error = null;
        List<TemplatePart> parts = [];
        int at = 0;
        while (at < text.Length)
        {
            int open = text.IndexOf("$(", at, StringComparison.Ordinal);
            if (open < 0)
            {
                break;
            }

            if (open > at)
            {
                parts.Add(TemplatePart.OfLiteral(text[at..open]));
            }

            int close = FindClose(text, open + 2);
            if (close < 0)
            {
                error = "'$(' without ')'";
                return null;
            }

            TemplateTerm[]? terms = ReadTerms(text[(open + 2)..close], out error);
            if (terms is null)
            {
                return null;
            }

            parts.Add(new TemplatePart(null, terms));
            at = close + 1;
        }

        if (at < text.Length)
        {
            parts.Add(TemplatePart.OfLiteral(text[at..]));
        }

        return parts;
    }

    // The parenthesis that closes the expression, quoted ones left aside.
    private static int FindClose(string text, int at)
    {
        int depth = 1;
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
            else if (c == '(')
            {
                depth++;
            }
            else if (c == ')' && --depth == 0)
            {
                return at;
            }
        }

        return -1;
    }

    private static TemplateTerm[]? ReadTerms(string expression, out string? error)
    {
        List<TemplateTerm> terms = [];
        foreach (string operand in SplitByOr(expression))
        {
            TemplateTerm? term = ReadTerm(operand.Trim());
            if (term is null)
            {
                error = $"'{operand.Trim()}' is not supported in a template: use headers, query_params, uri_captures, a quoted text, and 'or'";
                return null;
            }

            terms.Add(term);
        }

        error = null;
        return [.. terms];
    }

    private static List<string> SplitByOr(string expression)
    {
        List<string> operands = [];
        char quote = '\0';
        int start = 0;
        for (int i = 0; i < expression.Length; i++)
        {
            char c = expression[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (char.IsWhiteSpace(c) && i + 3 < expression.Length && expression.AsSpan(i + 1, 2).SequenceEqual("or")
                && (char.IsWhiteSpace(expression[i + 3]) || expression[i + 3] is '"' or '\''))
            {
                operands.Add(expression[start..i]);
                start = i + 3;
                i += 2;
            }
        }

        operands.Add(expression[start..]);
        return operands;
    }

    private static TemplateTerm? ReadTerm(string operand)
    {
        if (TryUnquote(operand, out string? text))
        {
            return new TemplateTerm(TemplateSource.Constant, text, Encoding.UTF8.GetBytes(text), 0);
        }

        if (double.TryParse(operand, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            return new TemplateTerm(TemplateSource.Constant, operand, Encoding.UTF8.GetBytes(operand), 0);
        }

        return ReadIndexed(operand, "headers", TemplateSource.Header)
            ?? ReadIndexed(operand, "query_params", TemplateSource.Query)
            ?? ReadIndexed(operand, "uri_captures", TemplateSource.Capture);
    }

    private static TemplateTerm? ReadIndexed(string operand, string table, TemplateSource source)
    {
        if (!operand.StartsWith(table, StringComparison.Ordinal) || operand.Length < table.Length + 2)
        {
            return null;
        }

        string rest = operand[table.Length..].Trim();
        if (rest[0] == '.')
        {
            string name = rest[1..];
            return IsName(name) ? Make(source, name) : null;
        }

        if (rest[0] != '[' || rest[^1] != ']')
        {
            return null;
        }

        string index = rest[1..^1].Trim();
        if (TryUnquote(index, out string? key))
        {
            return Make(source, key);
        }

        bool isNumber = int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0;
        return isNumber && source == TemplateSource.Capture ? new TemplateTerm(source, index, [], number) : null;
    }

    // Kong finds a header by a name with underscores for hyphens, so that headers.x_api_key works.
    private static TemplateTerm Make(TemplateSource source, string name)
    {
        string key = source == TemplateSource.Header ? name.Replace('_', '-') : name;
        return new TemplateTerm(source, key, Encoding.UTF8.GetBytes(key), 0);
    }

    private static bool IsName(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool TryUnquote(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? inside)
    {
        bool quoted = text.Length >= 2 && text[0] is '"' or '\'' && text[^1] == text[0]
            && !text.AsSpan(1, text.Length - 2).Contains(text[0]) && !text.Contains('\\', StringComparison.Ordinal);
        inside = quoted ? text[1..^1] : null;
        return quoted;
    }
}
