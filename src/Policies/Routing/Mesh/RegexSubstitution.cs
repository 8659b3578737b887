using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>
/// RE2's global replacement: <c>\0</c> is the match, <c>\1</c> to <c>\9</c> its groups, <c>\\</c> a backslash. An empty match right behind another
/// match is none. Immutable, thread-safe; without groups it allocates only for text that is not ASCII.
/// </summary>
internal sealed class RegexSubstitution
{
    private readonly (byte[] Text, int Group)[] _parts;
    private readonly bool _usesGroups;

    private RegexSubstitution((byte[] Text, int Group)[] parts)
    {
        _parts = parts;
        _usesGroups = parts.Any(static part => part.Group > 0);
    }

    /// <summary>Parses; null when <paramref name="error"/> says why it is none.</summary>
    public static RegexSubstitution? Parse(string text, int groups, out string? error)
    {
        List<(byte[] Text, int Group)> parts = [];
        StringBuilder literal = new();
        error = null;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                literal.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == '\\')
            {
                literal.Append('\\');
                i++;
            }
            else if (i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]))
            {
                int group = text[++i] - '0';
                if (group > groups)
                {
                    error = $"the pattern has {groups.ToString(CultureInfo.InvariantCulture)} groups, the rewrite uses \\{group}";
                    return null;
                }

                Flush();
                parts.Add(([], group));
            }
            else
            {
                error = "a backslash stands before a digit or another backslash";
                return null;
            }
        }

        Flush();
        return new RegexSubstitution([.. parts]);

        void Flush()
        {
            if (literal.Length > 0)
            {
                parts.Add((Encoding.UTF8.GetBytes(literal.ToString()), -1));
                literal.Clear();
            }
        }
    }

    /// <summary>Appends the text with every match replaced. False, appending nothing, when there is none.</summary>
    public bool TryApply(CompiledPattern pattern, ReadOnlySpan<byte> text, ref ScratchBuffer output)
    {
        if (_usesGroups || !Ascii.IsValid(text))
        {
            return TryApplyText(pattern.Regex, Encoding.UTF8.GetString(text), ref output);
        }

        // Bytes and characters have the same positions here.
        char[]? rented = text.Length > 512 ? System.Buffers.ArrayPool<char>.Shared.Rent(text.Length) : null;
        Span<char> chars = rented ?? stackalloc char[512];
        Ascii.ToUtf16(text, chars, out int count);
        int done = 0;
        bool any = false;
        foreach (ValueMatch match in pattern.Regex.EnumerateMatches(chars[..count]))
        {
            if (match.Length == 0 && any && match.Index == done)
            {
                continue;
            }

            output.Append(text[done..match.Index]);
            foreach ((byte[] literal, int group) in _parts)
            {
                output.Append(group < 0 ? literal : text.Slice(match.Index, match.Length));
            }

            done = match.Index + match.Length;
            any = true;
        }

        if (any)
        {
            output.Append(text[done..]);
        }

        if (rented is not null)
        {
            System.Buffers.ArrayPool<char>.Shared.Return(rented);
        }

        return any;
    }

    private bool TryApplyText(Regex regex, string text, ref ScratchBuffer output)
    {
        int done = 0;
        bool any = false;
        for (Match match = regex.Match(text); match.Success; match = match.NextMatch())
        {
            if (match.Length == 0 && any && match.Index == done)
            {
                continue;
            }

            Append(text.AsSpan(done, match.Index - done), ref output);
            foreach ((byte[] literal, int group) in _parts)
            {
                if (group < 0)
                {
                    output.Append(literal);
                }
                else
                {
                    Append(match.Groups[group].ValueSpan, ref output);
                }
            }

            done = match.Index + match.Length;
            any = true;
        }

        if (any)
        {
            Append(text.AsSpan(done), ref output);
        }

        return any;
    }

    private static void Append(ReadOnlySpan<char> text, ref ScratchBuffer output)
    {
        Span<byte> utf8 = text.Length > 256 ? new byte[Encoding.UTF8.GetMaxByteCount(text.Length)] : stackalloc byte[768];
        output.Append(utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }
}
