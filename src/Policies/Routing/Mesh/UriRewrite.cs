using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Policies.Transformation;

namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>
/// The path that goes upstream (<c>rewrite.uri</c>, <c>rewrite.uriRegexRewrite</c>): the matched prefix replaced, or the whole path when it was
/// matched exactly or by a pattern, as Envoy does; or every match of a pattern substituted. The query stays. Immutable, thread-safe; a
/// substitution that uses groups allocates, and one whose pattern begins with a class, since the engine does.
/// </summary>
public sealed class UriRewrite
{
    private readonly byte[] _text;
    private readonly int _prefix;
    private readonly CompiledPattern? _pattern;
    private readonly RegexSubstitution? _substitution;

    private UriRewrite(byte[] text, int prefix, CompiledPattern? pattern, RegexSubstitution? substitution)
    {
        _text = text;
        _prefix = prefix;
        _pattern = pattern;
        _substitution = substitution;
    }

    /// <summary>Replaces what <paramref name="matched"/> stands for: its prefix, else the whole path.</summary>
    public static UriRewrite Replace(TextMatch matched, string uri)
    {
        ArgumentNullException.ThrowIfNull(matched);
        return new UriRewrite(Encoding.UTF8.GetBytes(uri), matched.Kind == TextMatchKind.Prefix ? matched.Utf8.Length : -1, null, null);
    }

    /// <summary>Substitutes every match of a pattern, <c>\1</c> standing for its groups; null when <paramref name="error"/> says why not.</summary>
    public static UriRewrite? Substitute(string pattern, string substitution, out string? error)
    {
        if (!RegexTranslation.TryCompileRe2(pattern, RegexAnchors.None, out CompiledPattern? compiled, out error))
        {
            return null;
        }

        RegexSubstitution? parsed = RegexSubstitution.Parse(substitution, compiled.GroupCount, out error);
        return parsed is null ? null : new UriRewrite([], 0, compiled, parsed);
    }

    /// <summary>Appends the new path and the query. False when the path stays as it is; then nothing is appended.</summary>
    internal bool TryAppend(ReadOnlySpan<byte> pathAndQuery, ref ScratchBuffer output)
    {
        int query = pathAndQuery.IndexOf((byte)'?');
        ReadOnlySpan<byte> path = query < 0 ? pathAndQuery : pathAndQuery[..query];
        if (_pattern is not null)
        {
            if (!_substitution!.TryApply(_pattern, path, ref output))
            {
                return false;
            }
        }
        else
        {
            output.Append(_text);
            output.Append(_prefix < 0 ? default : path[Math.Min(_prefix, path.Length)..]);
        }

        output.Append(query < 0 ? default : pathAndQuery[query..]);
        return true;
    }

    /// <summary>
    /// Writes the new path and query to a writer, whatever it holds before. False when the path stays as it is; then nothing is written.
    /// </summary>
    public bool TryWrite(ReadOnlySpan<byte> pathAndQuery, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        ScratchBuffer scratch = default;
        bool changed = TryAppend(pathAndQuery, ref scratch);
        if (changed)
        {
            output.Write(scratch.Written);
        }

        scratch.Dispose();
        return changed;
    }
}
