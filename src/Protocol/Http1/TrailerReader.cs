using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Reads the trailer section behind the last chunk (RFC 9112 section 7.1.2) with the rules of header fields. Lines gather at the end of
/// the trailer block, where those that are kept stay. A mutable struct inside its chunked reader.
/// </summary>
internal struct TrailerReader
{
    private const int MaxFields = 32;
    private const int MaxBytes = 8192;

    private bool _isOpen;
    private int _lineStart;
    private int _counted;
    private int _lines;

    /// <summary>Complete when the empty line was read; nothing behind it is consumed.</summary>
    public ParseResult Read(ReadOnlySpan<byte> input, HeaderBlock trailers, RequestRules rules, out int consumed, out WireError error)
    {
        consumed = 0;
        error = WireError.None;
        if (!_isOpen)
        {
            _isOpen = true;
            _lineStart = trailers.Bytes.Length;
        }

        while (consumed < input.Length)
        {
            // One line at most, and not much more than a line may have.
            ReadOnlySpan<byte> rest = input[consumed..];
            int longest = Math.Max(MaxBytes - _counted - 2, 0);
            int feed = rest[..Math.Min(rest.Length, longest + 2)].IndexOf((byte)'\n');
            int taken = feed < 0 ? Math.Min(rest.Length, longest + 2) : feed + 1;
            trailers.AppendBytes(rest[..taken]);
            consumed += taken;

            HeadProgress progress = new() { LineStart = _lineStart, Scanned = Math.Max(_lineStart, trailers.Bytes.Length - taken) };
            ParseResult result = LineScanner.Find(trailers.Bytes, ref progress, longest, out int length, out bool badEnd);
            if (result == ParseResult.Complete)
            {
                if (length == 0)
                {
                    trailers.Truncate(_lineStart);
                    return ParseResult.Complete;
                }

                error = Take(trailers, rules, length);
                result = error == WireError.None ? ParseResult.Complete : ParseResult.Refused;
            }
            else if (result == ParseResult.Refused)
            {
                error = badEnd ? WireError.BadLineEnd : WireError.TrailerTooLarge;
            }

            if (result == ParseResult.Refused)
            {
                return result;
            }
        }

        return ParseResult.Incomplete;
    }

    private WireError Take(HeaderBlock trailers, RequestRules rules, int length)
    {
        if (_lines == MaxFields)
        {
            return WireError.TrailerTooLarge;
        }

        WireError error = FieldLine.Parse(trailers.Slice(_lineStart, length), rules, out FieldLine field);
        if (error != WireError.None)
        {
            return error == WireError.BadLineEnd ? error : WireError.Trailer;
        }

        if (field.IsDropped || !TrailerNames.MayPass(field.Known, trailers.Slice(_lineStart, field.NameLength)))
        {
            trailers.Truncate(_lineStart);
        }
        else
        {
            trailers.PushParsed(_lineStart, field.NameLength, field.Known, _lineStart + field.ValueStart, field.ValueLength, verbatim: false);
        }

        _lines++;
        _counted += length + 2;
        _lineStart = trailers.Bytes.Length;
        return WireError.None;
    }
}
