using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace VoltageSoda.Edge.Policies.Routing;

/// <summary>
/// A regular expression applied to bytes: they are widened (ASCII) or decoded (UTF-8, invalid sequences become U+FFFD) into a stack or
/// pooled buffer. Immutable, thread-safe; matching allocates nothing once the engine has built its states.
/// </summary>
internal sealed class CompiledPattern(Regex regex, int groupCount, KeyValuePair<string, int>[] names)
{
    private const int StackChars = 512;

    public Regex Regex { get; } = regex;

    public int GroupCount { get; } = groupCount;

    /// <summary>Searches; the pattern's anchors decide where a match may be.</summary>
    public bool IsMatch(ReadOnlySpan<byte> input) => MatchLength(input) >= 0;

    /// <summary>Length in bytes of the first match, or -1.</summary>
    [SkipLocalsInit]
    public int MatchLength(ReadOnlySpan<byte> input)
    {
        char[]? rented = input.Length > StackChars ? ArrayPool<char>.Shared.Rent(input.Length) : null;
        Span<char> chars = rented ?? stackalloc char[StackChars];
        int length = -1;
        bool isAscii = Ascii.ToUtf16(input, chars, out int count) == OperationStatus.Done;
        count = isAscii ? count : Encoding.UTF8.GetChars(input, chars);
        foreach (ValueMatch match in Regex.EnumerateMatches(chars[..count]))
        {
            length = isAscii ? match.Length : CountBytes(input, match.Index, match.Length);
            break;
        }

        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }

        return length;
    }

    /// <summary>The groups of the first match. Allocates.</summary>
    public UriCaptures? Capture(ReadOnlySpan<byte> input)
    {
        Match match = Regex.Match(Encoding.UTF8.GetString(input));
        if (!match.Success)
        {
            return null;
        }

        byte[]?[] numbered = new byte[]?[GroupCount];
        for (int i = 0; i < GroupCount; i++)
        {
            Group group = match.Groups[i + 1];
            numbered[i] = group.Success ? Encoding.UTF8.GetBytes(group.Value) : null;
        }

        KeyValuePair<string, byte[]?>[] named = new KeyValuePair<string, byte[]?>[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            named[i] = new KeyValuePair<string, byte[]?>(names[i].Key, numbered[names[i].Value - 1]);
        }

        return new UriCaptures(numbered, named);
    }

    // Walks the bytes rune by rune, since a replacement character is longer in UTF-8 than the byte it stands for.
    private static int CountBytes(ReadOnlySpan<byte> input, int skipChars, int chars)
    {
        int bytes = 0;
        int seen = 0;
        int end = skipChars + chars;
        while (seen < end && !input.IsEmpty)
        {
            Rune.DecodeFromUtf8(input, out Rune rune, out int consumed);
            bytes += seen >= skipChars ? consumed : 0;
            seen += rune.Utf16SequenceLength;
            input = input[consumed..];
        }

        return bytes;
    }
}
