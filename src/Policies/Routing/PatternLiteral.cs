namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// Finds the bytes every match of an anchored pattern begins with, so that regex paths can be indexed like prefixes. Errs on the short
/// side: an empty answer is always right.
/// </summary>
internal static class PatternLiteral
{
    public static byte[] Of(string pattern)
    {
        if (HasTopLevelAlternation(pattern))
        {
            return [];
        }

        List<byte> literal = [];
        int at = pattern.StartsWith('^') ? 1 : 0;
        while (at < pattern.Length)
        {
            int next = at + 1;
            char c = pattern[at];
            if (c == '\\')
            {
                if (next == pattern.Length || !char.IsAscii(pattern[next]) || char.IsLetterOrDigit(pattern[next]))
                {
                    break;
                }

                c = pattern[next++];
            }
            else if (c is '.' or '[' or '(' or ')' or '*' or '+' or '?' or '{' or '|' or '^' or '$' || !char.IsAscii(c))
            {
                break;
            }

            // A quantifier that allows none takes the character back; one more of it changes nothing.
            if (next < pattern.Length && pattern[next] is '*' or '?' or '{')
            {
                break;
            }

            literal.Add((byte)c);
            if (next < pattern.Length && pattern[next] == '+')
            {
                break;
            }

            at = next;
        }

        return [.. literal];
    }

    private static bool HasTopLevelAlternation(string pattern)
    {
        int depth = 0;
        bool inClass = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    if (i + 1 < pattern.Length && pattern[i + 1] == 'Q')
                    {
                        return true; // Quoted text may hold anything: give up.
                    }

                    i++;
                    break;
                case '[' when !inClass:
                    inClass = true;
                    i += i + 1 < pattern.Length && pattern[i + 1] == '^' ? 1 : 0;
                    i += i + 1 < pattern.Length && pattern[i + 1] == ']' ? 1 : 0;
                    break;
                case '[' when i + 1 < pattern.Length && pattern[i + 1] == ':':
                    i = Math.Max(i, pattern.IndexOf(":]", i, StringComparison.Ordinal) + 1);
                    break;
                case ']' when inClass:
                    inClass = false;
                    break;
                case '(' when !inClass:
                    depth++;
                    break;
                case ')' when !inClass:
                    depth--;
                    break;
                case '|' when !inClass && depth == 0:
                    return true;
                default:
                    break;
            }
        }

        return false;
    }
}
