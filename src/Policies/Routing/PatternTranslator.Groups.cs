using System.Buffers;
using System.Text;

namespace VoltageSoda.Edge.Policies.Routing;

/// <content>Parentheses: groups, names and flags.</content>
internal sealed partial class PatternTranslator
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.[]-");

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
                case 'u' when on && !IsRe2:
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
}
