using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Rewrites one Rust, PCRE or RE2 pattern into .NET syntax, construct by construct. Every capturing group gets its number spelled out:
/// .NET numbers named groups after unnamed ones, Rust and PCRE number them from left to right. Single use, load time only.
/// </summary>
internal sealed partial class PatternTranslator(string pattern, PatternDialect dialect = PatternDialect.RustOrPcre)
{
    private const int MaxRe2Repeat = 1000;

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

    private bool IsRe2 => dialect == PatternDialect.Re2;

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
        else if (IsRe2 && (Current is '*' or '?' || (Current == '{' && RepetitionLength() > 0)))
        {
            _error = "a quantifier of a quantifier is not RE2";
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
        if (low.IsEmpty || low.ContainsAnyExceptInRange('0', '9') || high.ContainsAnyExceptInRange('0', '9'))
        {
            return 0;
        }

        if (IsRe2 && (!IsRe2Repeat(low) || !(high.IsEmpty || IsRe2Repeat(high))))
        {
            _error = "RE2 repeats at most 1000 times";
        }

        return end - _at + 1;
    }

    private static bool IsRe2Repeat(ReadOnlySpan<char> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= MaxRe2Repeat;

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
