using System.Buffers;
using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Rewrites one Rust or PCRE pattern into .NET syntax, construct by construct. Every capturing group gets its number spelled out:
/// .NET numbers named groups after unnamed ones, Rust and PCRE number them from left to right. Single use, load time only.
/// </summary>
internal sealed class PatternTranslator(string pattern)
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.[]-");

    private readonly StringBuilder _output = new();
    private readonly Stack<bool> _multilineOutside = new();
    private readonly List<KeyValuePair<string, int>> _names = [];
    private int _at;
    private int _groups;
    private bool _multiline;
    private string? _error;

    /// <summary>Number of capturing groups, after <see cref="Run"/>.</summary>
    public int GroupCount => _groups;

    /// <summary>Named groups and their numbers, after <see cref="Run"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> Names => _names;

    /// <summary>Why the pattern cannot be translated, or null.</summary>
    public string? Error => _error;

    private bool AtEnd => _at >= pattern.Length;

    private char Current => _at < pattern.Length ? pattern[_at] : '\0';

    /// <summary>Translates; null when <see cref="Error"/> says why not.</summary>
    public string? Run()
    {
        while (!AtEnd && _error is null)
        {
            Step();
        }

        if (_error is null && _multilineOutside.Count > 0)
        {
            _error = "missing )";
        }

        return _error is null ? _output.ToString() : null;
    }

    private void Step()
    {
        char c = pattern[_at];
        switch (c)
        {
            case '\\':
                Escape(inClass: false);
                break;
            case '[':
                Class();
                break;
            case '(':
                OpenGroup();
                break;
            case ')':
                if (_multilineOutside.Count == 0)
                {
                    _error = "unmatched )";
                    return;
                }

                _multiline = _multilineOutside.Pop();
                Copy(1);
                break;
            case '$':
                // Rust's $ is the very end; .NET's also accepts a final newline, which %0A could supply.
                _output.Append(_multiline ? "$" : "\\z");
                _at++;
                break;
            case '*' or '+' or '?':
                Quantifier(1);
                break;
            case '{':
                int length = RepetitionLength();
                if (length > 0)
                {
                    Quantifier(length);
                }
                else
                {
                    _output.Append("\\{");
                    _at++;
                }

                break;
            default:
                Copy(1);
                break;
        }
    }

    private void Quantifier(int length)
    {
        Copy(length);
        if (Current == '?')
        {
            Copy(1);
        }

        if (Current == '+')
        {
            _error = "possessive quantifiers are not supported";
        }
    }

    // Length of {n}, {n,} or {n,m} here; 0 for a literal brace.
    private int RepetitionLength()
    {
        int end = pattern.IndexOf('}', _at);
        if (end < 0)
        {
            return 0;
        }

        ReadOnlySpan<char> inside = pattern.AsSpan(_at + 1, end - _at - 1);
        int comma = inside.IndexOf(',');
        ReadOnlySpan<char> low = comma < 0 ? inside : inside[..comma];
        ReadOnlySpan<char> high = comma < 0 ? default : inside[(comma + 1)..];
        return low.IsEmpty || low.ContainsAnyExceptInRange('0', '9') || high.ContainsAnyExceptInRange('0', '9') ? 0 : end - _at + 1;
    }

    private void OpenGroup()
    {
        if (Looking("(*"))
        {
            _error = "verbs such as (*SKIP) are not supported";
            return;
        }

        if (!Looking("(?"))
        {
            Push($"(?<{++_groups}>", 1);
            return;
        }

        if (Looking("(?:"))
        {
            Push("(?:", 3);
        }
        else if (Looking("(?#"))
        {
            _error = "comments are not supported";
        }
        else if (Looking("(?=") || Looking("(?!") || Looking("(?<=") || Looking("(?<!"))
        {
            _error = "look-around is not supported";
        }
        else if (Looking("(?>"))
        {
            _error = "atomic groups are not supported";
        }
        else if (Looking("(?P=") || Looking("(?P>") || Looking("(?|") || Looking("(?(") || Looking("(?R") || Looking("(?&"))
        {
            _error = "back references, recursion, branch resets and conditions are not supported";
        }
        else if (Looking("(?P<"))
        {
            NamedGroup(4, '>');
        }
        else if (Looking("(?<"))
        {
            NamedGroup(3, '>');
        }
        else if (Looking("(?'"))
        {
            NamedGroup(3, '\'');
        }
        else
        {
            Flags();
        }
    }

    private void NamedGroup(int start, char close)
    {
        int end = pattern.IndexOf(close, _at + start);
        if (end < 0 || end == _at + start)
        {
            _error = "group name without end";
            return;
        }

        string name = pattern[(_at + start)..end];
        if (name.AsSpan().ContainsAnyExcept(NameCharacters) || char.IsAsciiDigit(name[0]))
        {
            _error = $"invalid group name '{name}'";
            return;
        }

        _groups++;
        _names.Add(new KeyValuePair<string, int>(name, _groups));
        Push($"(?<{_groups}>", end + 1 - _at);
    }

    private void Flags()
    {
        int end = _at + 2;
        bool on = true;
        bool multiline = _multiline;
        StringBuilder kept = new();
        for (; end < pattern.Length && pattern[end] is not (':' or ')'); end++)
        {
            switch (pattern[end])
            {
                case '-' when on:
                    on = false;
                    kept.Append('-');
                    break;
                case 'm':
                    multiline = on;
                    kept.Append('m');
                    break;
                case 'i' or 's':
                    kept.Append(pattern[end]);
                    break;
                case 'u' when on:
                    break; // Unicode is what .NET does anyway.
                default:
                    _error = $"flag '{pattern[end]}' is not supported";
                    return;
            }
        }

        if (end == pattern.Length)
        {
            _error = "flags without end";
            return;
        }

        string flags = kept.ToString().TrimEnd('-');
        if (pattern[end] == ':')
        {
            Push($"(?{flags}:", end + 1 - _at);
        }
        else
        {
            _output.Append(flags.Length == 0 ? "" : $"(?{flags})");
            _at = end + 1;
        }

        _multiline = multiline;
    }

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
            else if (c == '[' || Looking("&&") || Looking("--") || Looking("~~"))
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
        _output.Append(System.Text.RegularExpressions.Regex.Escape(text));
        _at = end < 0 ? pattern.Length : end + 2;
    }

    private bool Looking(string text) => string.CompareOrdinal(pattern, _at, text, 0, text.Length) == 0;

    private void Push(string opening, int length)
    {
        _multilineOutside.Push(_multiline);
        Emit(opening, length);
    }

    private void Emit(string text, int length)
    {
        _output.Append(text);
        _at += length;
    }

    private void Copy(int length)
    {
        _output.Append(pattern, _at, length);
        _at += length;
    }
}
