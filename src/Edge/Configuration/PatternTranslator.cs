using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace VoltageSoda.Edge.Configuration;

/// <summary>A pattern in .NET's dialect.</summary>
/// <param name="Pattern">For <see cref="PatternTranslator.Options"/>.</param>
/// <param name="Groups">Name of each capture group in the order of its opening parenthesis, as <see cref="Match.Groups"/> takes it.</param>
public sealed record TranslatedPattern(string Pattern, IReadOnlyList<string> Groups);

/// <summary>
/// Translates the regular expressions of Kong (Rust and PCRE) and Istio (RE2) to .NET's non-backtracking engine, which is linear in the input
/// as RE2 and Rust are. What it cannot express (look-around, back-references, possessive quantifiers) is refused with a reason. <c>\d \w \s</c>
/// mean ASCII. Pure.
/// </summary>
public static class PatternTranslator
{
    /// <summary>Options every translated pattern is meant for.</summary>
    public const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private static readonly Dictionary<string, string> PosixClasses = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["ascii"] = "\\x00-\\x7F",
        ["blank"] = "\\t ",
        ["cntrl"] = "\\x00-\\x1F\\x7F",
        ["digit"] = "0-9",
        ["graph"] = "!-~",
        ["lower"] = "a-z",
        ["print"] = " -~",
        ["punct"] = "!-/:-@\\[-`{-~",
        ["space"] = "\\t\\n\\v\\f\\r ",
        ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_",
        ["xdigit"] = "0-9A-Fa-f",
    };

    /// <summary>Translates and compiles once to prove it; false with a reason otherwise.</summary>
    public static bool TryTranslate(string pattern, out TranslatedPattern translated, out string error)
    {
        translated = new TranslatedPattern("", []);
        Translation work = new(pattern);
        if (!work.Run())
        {
            error = work.Error;
            return false;
        }

        try
        {
            _ = new Regex(work.Result, Options);
        }
        catch (NotSupportedException)
        {
            error = "look-around, back-references and atomic groups are not supported";
            return false;
        }
        catch (ArgumentException exception)
        {
            error = exception is RegexParseException parse ? $"{parse.Error} at offset {parse.Offset}" : exception.Message;
            return false;
        }

        translated = new TranslatedPattern(work.Result, work.Groups);
        error = "";
        return true;
    }

    private sealed class Translation
    {
        private readonly string _source;
        private readonly StringBuilder _result = new();
        private readonly bool _multiline;
        private readonly bool _namedGroups;
        private readonly List<string> _groups = [];
        private int _at;

        public Translation(string source)
        {
            _source = source;
            _namedGroups = source.Contains("(?P<", StringComparison.Ordinal) || source.Contains("(?<", StringComparison.Ordinal)
                || source.Contains("(?'", StringComparison.Ordinal);
            int flags = source.IndexOf("(?", StringComparison.Ordinal);
            while (flags >= 0)
            {
                int end = source.AsSpan(flags + 2).IndexOfAnyExceptInRange('a', 'z');
                _multiline |= end > 0 && source.AsSpan(flags + 2, end).Contains('m');
                flags = source.IndexOf("(?", flags + 2, StringComparison.Ordinal);
            }
        }

        public string Error { get; private set; } = "";

        public string Result => _result.ToString();

        public IReadOnlyList<string> Groups => _groups;

        public bool Run()
        {
            while (_at < _source.Length && Error.Length == 0)
            {
                Step();
            }

            return Error.Length == 0;
        }

        private void Step()
        {
            char c = _source[_at];
            switch (c)
            {
                case '\\':
                    Escape(inClass: false);
                    break;
                case '[':
                    Class();
                    break;
                case '(':
                    Group();
                    break;
                case '$' when !_multiline:
                    // .NET's $ also matches before a final line feed.
                    _result.Append("\\z");
                    _at++;
                    break;
                case '*' or '+' or '?':
                    Quantifier(1);
                    break;
                case '{' when RepetitionLength() is > 0 and int length:
                    Quantifier(length);
                    break;
                default:
                    _result.Append(c);
                    _at++;
                    break;
            }
        }

        private void Quantifier(int length)
        {
            _result.Append(_source, _at, length);
            _at += length;
            if (_at < _source.Length && _source[_at] == '+')
            {
                Error = "possessive quantifiers are not supported";
            }
        }

        // Length of {n}, {n,} or {n,m} here; 0 for a brace that repeats nothing, such as that of \p{L}.
        private int RepetitionLength()
        {
            int end = _source.IndexOf('}', _at);
            ReadOnlySpan<char> inside = end < 0 ? default : _source.AsSpan(_at + 1, end - _at - 1);
            int comma = inside.IndexOf(',');
            ReadOnlySpan<char> least = comma < 0 ? inside : inside[..comma];
            ReadOnlySpan<char> most = comma < 0 ? default : inside[(comma + 1)..];
            return least.IsEmpty || least.ContainsAnyExceptInRange('0', '9') || most.ContainsAnyExceptInRange('0', '9') ? 0 : end - _at + 1;
        }

        private void Group()
        {
            if (Starts("(?P<") || Starts("(?<") || Starts("(?'"))
            {
                if (Starts("(?<=") || Starts("(?<!"))
                {
                    Error = "look-behind is not supported";
                    return;
                }

                int nameStart = _at + (Starts("(?P<") ? 4 : 3);
                int nameEnd = _source.IndexOfAny(['>', '\''], nameStart);
                if (nameEnd < 0)
                {
                    Error = "unterminated group name";
                    return;
                }

                string name = _source[nameStart..nameEnd];
                _groups.Add(name);
                _result.Append("(?<").Append(name).Append('>');
                _at = nameEnd + 1;
            }
            else if (Starts("(?P"))
            {
                Error = "back-references and recursion are not supported";
            }
            else if (Starts("(?"))
            {
                // Flags, (?: and what the engine itself refuses.
                _result.Append("(?");
                _at += 2;
            }
            else if (Starts("(*"))
            {
                Error = "verbs are not supported";
            }
            else
            {
                _groups.Add((_groups.Count + 1).ToString(CultureInfo.InvariantCulture));
                // .NET numbers named groups last; a number of its own keeps the order of the other dialects.
                _result.Append(_namedGroups ? $"(?<{_groups.Count}>" : "(");
                _at++;
            }
        }

        private void Class()
        {
            _result.Append('[');
            _at++;
            if (_at < _source.Length && _source[_at] == '^')
            {
                _result.Append('^');
                _at++;
            }

            bool first = true;
            while (_at < _source.Length && Error.Length == 0)
            {
                char c = _source[_at];
                if (c == ']' && !first)
                {
                    _result.Append(']');
                    _at++;
                    return;
                }

                if (c == '\\')
                {
                    Escape(inClass: true);
                }
                else if (c == '[')
                {
                    Posix();
                }
                else if (Starts("&&") || Starts("~~"))
                {
                    Error = "set operations in a character class are not supported";
                }
                else
                {
                    _result.Append(c == ']' ? "\\]" : c.ToString());
                    _at++;
                }

                first = false;
            }

            if (Error.Length == 0)
            {
                Error = "unterminated character class";
            }
        }

        private void Posix()
        {
            int end = Starts("[:") ? _source.IndexOf(":]", _at + 2, StringComparison.Ordinal) : -1;
            if (end > 0 && PosixClasses.TryGetValue(_source[(_at + 2)..end], out string? content))
            {
                _result.Append(content);
                _at = end + 2;
                return;
            }

            Error = "a [ inside a character class must be escaped";
        }

        private void Escape(bool inClass)
        {
            if (_at + 1 == _source.Length)
            {
                Error = "a backslash ends the pattern";
                return;
            }

            char c = _source[_at + 1];
            _at += 2;
            switch (c)
            {
                case 'd':
                    _result.Append(inClass ? "0-9" : "[0-9]");
                    break;
                case 'w':
                    _result.Append(inClass ? "0-9A-Za-z_" : "[0-9A-Za-z_]");
                    break;
                case 's':
                    _result.Append(inClass ? "\\t\\n\\v\\f\\r " : "[\\t\\n\\v\\f\\r ]");
                    break;
                case 'h':
                    _result.Append(inClass ? "\\t " : "[\\t ]");
                    break;
                case 'D' when !inClass:
                    _result.Append("[^0-9]");
                    break;
                case 'W' when !inClass:
                    _result.Append("[^0-9A-Za-z_]");
                    break;
                case 'S' when !inClass:
                    _result.Append("[^\\t\\n\\v\\f\\r ]");
                    break;
                case 'Q' when !inClass:
                    Quoted();
                    break;
                case 'x' or 'u' or 'U' when _at < _source.Length && _source[_at] == '{':
                    CodePoint();
                    break;
                case 'p' or 'P' when _at < _source.Length && char.IsAsciiLetter(_source[_at]):
                    _result.Append('\\').Append(c).Append('{').Append(_source[_at++]).Append('}');
                    break;
                case >= '1' and <= '9' when !inClass:
                    Error = "back-references are not supported";
                    break;
                case '/' or '-' or '"' or '\'' or '%' or '&' or '~' or '@' or '!' or ',' or ';' or ':' or '=' or '<' or '>' or '_' or '`':
                    // Escapes of characters that mean nothing special; only - and the like need one in a class.
                    _result.Append(inClass && c == '-' ? "\\-" : c.ToString());
                    break;
                default:
                    _result.Append('\\').Append(c);
                    break;
            }
        }

        private void Quoted()
        {
            int end = _source.IndexOf("\\E", _at, StringComparison.Ordinal);
            int stop = end < 0 ? _source.Length : end;
            _result.Append(Regex.Escape(_source[_at..stop]));
            _at = end < 0 ? stop : end + 2;
        }

        private void CodePoint()
        {
            int end = _source.IndexOf('}', _at);
            if (end > 0 && int.TryParse(_source.AsSpan(_at + 1, end - _at - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
                && code is >= 0 and <= 0xFFFF)
            {
                _result.Append("\\u").Append(code.ToString("X4", CultureInfo.InvariantCulture));
                _at = end + 1;
                return;
            }

            Error = "a code point above U+FFFF is not supported";
        }

        private bool Starts(string text) => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0;
    }
}
