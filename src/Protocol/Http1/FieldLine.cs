using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>One field line split into its parts, positions relative to the line. Shared by heads and trailers.</summary>
internal readonly ref struct FieldLine
{
    public int NameLength { get; private init; }

    public int ValueStart { get; private init; }

    public int ValueLength { get; private init; }

    public KnownHeader Known { get; private init; }

    /// <summary>The name imitates one that the edge vouches for, or may not have an underscore: take the line as read and forget it.</summary>
    public bool IsDropped { get; private init; }

    /// <summary>
    /// Judges the content of one line, CR LF taken off. Names and values are checked byte by byte; <paramref name="rules"/> null means that
    /// underscores are ordinary (upstream answers).
    /// </summary>
    public static WireError Parse(ReadOnlySpan<byte> line, RequestRules? rules, out FieldLine field)
    {
        field = default;
        if (line.Contains((byte)'\r'))
        {
            return WireError.BadLineEnd;
        }

        if (FieldSyntax.IsWhitespace(line[0]))
        {
            return WireError.ObsFold;
        }

        int colon = line.IndexOf((byte)':');
        ReadOnlySpan<byte> name = line[..Math.Max(colon, 0)];
        if (!FieldSyntax.IsToken(name))
        {
            return colon > 0 && FieldSyntax.IsWhitespace(name[^1]) && FieldSyntax.IsToken(FieldSyntax.TrimWhitespace(name))
                ? WireError.SpaceBeforeColon
                : WireError.BadHeaderName;
        }

        ReadOnlySpan<byte> value = line[(colon + 1)..];
        if (!FieldSyntax.IsFieldValue(value))
        {
            return WireError.BadHeaderValue;
        }

        bool dropped = false;
        if (rules is not null && name.Contains((byte)'_'))
        {
            dropped = rules.Underscores == UnderscorePolicy.Drop || rules.Guard.Imitates(name);
            if (!dropped && rules.Underscores == UnderscorePolicy.Reject)
            {
                return WireError.UnderscoreName;
            }
        }

        int leading = value.Length - value.TrimStart(" \t"u8).Length;
        field = new FieldLine
        {
            NameLength = colon,
            ValueStart = colon + 1 + leading,
            ValueLength = FieldSyntax.TrimWhitespace(value).Length,
            Known = KnownHeaders.Classify(name),
            IsDropped = dropped,
        };
        return WireError.None;
    }
}
