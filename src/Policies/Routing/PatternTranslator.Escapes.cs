using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace VoltageSoda.Edge.Policies.Routing;

/// <content>Brackets and backslashes: character classes and escapes.</content>
internal sealed partial class PatternTranslator
{
    private void Class()
    {
        _output.Append('[');
        _at++;
        if (Current == '^')
        {
            Copy(1);
        }

        if (Current == ']')
        {
            _output.Append("\\]");
            _at++;
        }

        while (_error is null)
        {
            if (AtEnd)
            {
                _error = "missing ]";
                return;
            }

            char c = pattern[_at];
            if (c == ']')
            {
                Copy(1);
                return;
            }

            if (c == '\\')
            {
                Escape(inClass: true);
            }
            else if (Looking("[:"))
            {
                NamedClass();
            }
            else if (c == '[' && IsRe2)
            {
                Emit("\\[", 1);
            }
            else if (IsRe2 && c == '-' && EndsWithOpenRange())
            {
                // .NET reads [a-z-[x]] as a subtraction and RE2 does not; a hyphen that cannot be a range is written out.
                Emit("\\-", 1);
            }
            else if (!IsRe2 && (c == '[' || Looking("&&") || Looking("--") || Looking("~~")))
            {
                _error = "nested classes and class operations are not supported";
            }
            else if (char.IsSurrogate(c))
            {
                _error = "characters beyond U+FFFF in a class are not supported";
            }
            else
            {
                Copy(1);
            }
        }
    }

    private void NamedClass()
    {
        int end = pattern.IndexOf(":]", _at, StringComparison.Ordinal);
        string? ranges = end < 0 ? null : pattern[(_at + 2)..end] switch
        {
            "alnum" => "0-9A-Za-z",
            "alpha" => "A-Za-z",
            "ascii" => "\\x00-\\x7F",
            "blank" => "\\t ",
            "cntrl" => "\\x00-\\x1F\\x7F",
            "digit" => "0-9",
            "graph" => "!-~",
            "lower" => "a-z",
            "print" => " -~",
            "punct" => "!-/:-@\\[-`{-~",
            "space" => "\\t\\n\\v\\f\\r ",
            "upper" => "A-Z",
            "word" => "0-9A-Za-z_",
            "xdigit" => "0-9A-Fa-f",
            _ => null,
        };
        if (ranges is null)
        {
            _error = "unknown class name";
            return;
        }

        _output.Append(ranges);
        _at = end + 2;
    }

    private void Escape(bool inClass)
    {
        if (_at + 1 >= pattern.Length)
        {
            _error = "pattern ends in a backslash";
            return;
        }

        char c = pattern[_at + 1];
        if (IsRe2 && TryRe2Escape(c, inClass))
        {
            return;
        }

        switch (c)
        {
            case 'd' or 'D' or 'w' or 'W' or 's' or 'S' or 't' or 'n' or 'r' or 'f' or 'v' or 'a' or 'e':
            case 'A' or 'z' or 'Z' or 'b' or 'B' when !inClass:
                Copy(2);
                break;
            case 'h':
                Emit(inClass ? "\\t " : "[\\t ]", 2);
                break;
            case 'H' or 'N' when !inClass:
                Emit(c == 'H' ? "[^\\t ]" : "[^\\n]", 2);
                break;
            case 'x' or 'u' or 'U':
                CodePoint(c, inClass);
                break;
            case 'p' or 'P':
                Property(c);
                break;
            case 'Q' when !inClass:
                Quoted();
                break;
            case >= '0' and <= '9':
                _error = "back references and octal escapes are not supported";
                break;
            default:
                if (char.IsLetter(c))
                {
                    _error = $"\\{c} is not supported";
                    return;
                }

                Copy(2);
                break;
        }
    }

    // A hyphen before an opening bracket: nothing else can make .NET see a subtraction.
    private bool EndsWithOpenRange() => _at + 1 < pattern.Length && pattern[_at + 1] == '[';

    // What RE2 reads otherwise than Rust and PCRE: ASCII classes, octal digits; letters it does not know are errors.
    private bool TryRe2Escape(char c, bool inClass)
    {
        switch (c)
        {
            case 'd':
                Emit(inClass ? "0-9" : "[0-9]", 2);
                return true;
            case 'w':
                Emit(inClass ? "0-9A-Za-z_" : "[0-9A-Za-z_]", 2);
                return true;
            case 's':
                Emit(inClass ? "\\t\\n\\f\\r " : "[\\t\\n\\f\\r ]", 2);
                return true;
            case 'D':
                Emit(inClass ? "\\x00-/:-\\uFFFF" : "[^0-9]", 2);
                return true;
            case 'W':
                Emit(inClass ? "\\x00-/:-@\\[-^`{-\\uFFFF" : "[^0-9A-Za-z_]", 2);
                return true;
            case 'S':
                Emit(inClass ? "\\x00-\\x08\\x0B\\x0E-\\x1F!-\\uFFFF" : "[^\\t\\n\\f\\r ]", 2);
                return true;
            case >= '0' and <= '7':
                return TryOctal();
            case 'e' or 'h' or 'H' or 'N' or 'Z' or 'u' or 'U' or '8' or '9' or 'C':
                _error = $"\\{c} is not supported";
                return true;
            default:
                return false;
        }
    }

    // \0 to \377; a single digit from 1 is a back reference, which the other dialects' rule refuses.
    private bool TryOctal()
    {
        int start = _at + 1;
        int end = start;
        while (end < pattern.Length && end - start < 3 && pattern[end] is >= '0' and <= '7')
        {
            end++;
        }

        if (end - start == 1 && pattern[start] != '0')
        {
            return false;
        }

        int code = Convert.ToInt32(pattern[start..end], 8);
        Emit($"\\u{code.ToString("X4", CultureInfo.InvariantCulture)}", end - _at);
        return true;
    }

    private void CodePoint(char kind, bool inClass)
    {
        int digits = kind switch { 'x' => 2, 'u' => 4, _ => 8 };
        int start = _at + 2;
        int end = start + digits;
        int next = end;
        if (start < pattern.Length && pattern[start] == '{')
        {
            start++;
            end = pattern.IndexOf('}', start);
            next = end + 1;
        }

        if (end < 0 || end > pattern.Length
            || !int.TryParse(pattern.AsSpan(start, end - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            || !Rune.IsValid(code))
        {
            _error = $"invalid \\{kind} escape";
            return;
        }

        if (code > 0xFFFF && inClass)
        {
            _error = "characters beyond U+FFFF in a class are not supported";
            return;
        }

        foreach (char unit in new Rune(code).ToString())
        {
            _output.Append("\\u").Append(((int)unit).ToString("X4", CultureInfo.InvariantCulture));
        }

        _at = next;
    }

    private void Property(char kind)
    {
        int start = _at + 2;
        int end = start;
        if (start < pattern.Length && pattern[start] == '{')
        {
            start++;
            end = pattern.IndexOf('}', start);
        }
        else
        {
            end = start + 1;
        }

        if (end < 0 || end > pattern.Length || end == start)
        {
            _error = $"invalid \\{kind} escape";
            return;
        }

        string name = pattern[start..end];
        bool negated = (kind == 'P') ^ name.StartsWith('^');
        name = name.TrimStart('^');
        int next = pattern[_at + 2] == '{' ? end + 1 : end;
        Emit($"\\{(negated ? 'P' : 'p')}{{{name}}}", next - _at);
    }

    private void Quoted()
    {
        int end = pattern.IndexOf("\\E", _at, StringComparison.Ordinal);
        string text = end < 0 ? pattern[(_at + 2)..] : pattern[(_at + 2)..end];
        _output.Append(Regex.Escape(text));
        _at = end < 0 ? pattern.Length : end + 2;
    }
}
