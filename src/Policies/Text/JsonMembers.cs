using System.Buffers;

namespace VoltageSoda.Edge.Policies.Text;

/// <summary>
/// Walks the members of one JSON object (RFC 8259) and checks the whole document on the way. Unlike <see cref="System.Text.Json.Utf8JsonReader"/>
/// it returns errors: documents come from clients, and an exception per bad one would be a gift to an attacker. Nesting is limited to 64.
/// </summary>
internal ref struct JsonMembers
{
    private const int MaxDepth = 64;

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    // The quote, the backslash and the control characters that RFC 8259 7 forbids inside a text.
    private static readonly SearchValues<byte> TextStops = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(static c => (byte)c), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> _document;
    private int _at;
    private bool _isFirst;

    /// <param name="document">The whole document, UTF-8.</param>
    public JsonMembers(ReadOnlySpan<byte> document)
    {
        _document = document;
        _isFirst = true;
        SkipSpace();
        IsObject = _at < document.Length && document[_at] == '{';
        _at += IsObject ? 1 : 0;
    }

    /// <summary>Whether the document begins an object.</summary>
    public bool IsObject { get; }

    /// <summary>True after a syntax error, for good.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Whether a document is one well-formed JSON value of any kind.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> document)
    {
        JsonMembers walker = new(document) { _at = 0 };
        walker.SkipSpace();
        bool read = walker.TryReadValue(out _);
        walker.SkipSpace();
        return read && walker._at == document.Length;
    }

    /// <summary>Steps to the next member. False at the end of a well-formed object, and on an error (<see cref="IsMalformed"/>).</summary>
    public bool TryNext(out JsonSlice name, out JsonSlice value)
    {
        name = default;
        value = default;
        if (!IsObject || IsMalformed)
        {
            return false;
        }

        SkipSpace();
        if (Take((byte)'}'))
        {
            // Another call finds the end again.
            _at--;
            IsMalformed = !OnlySpaceFollows(_at + 1);
            return false;
        }

        if (!_isFirst)
        {
            if (!Take((byte)','))
            {
                return Fail();
            }

            SkipSpace();
        }

        _isFirst = false;
        if (!TryReadText(out name))
        {
            return Fail();
        }

        SkipSpace();
        if (!Take((byte)':'))
        {
            return Fail();
        }

        SkipSpace();
        return TryReadValue(out value) || Fail();
    }

    private bool Fail()
    {
        IsMalformed = true;
        return false;
    }

    private readonly bool OnlySpaceFollows(int at) => !_document[at..].ContainsAnyExcept(" \t\r\n"u8);

    private void SkipSpace()
    {
        while (_at < _document.Length && _document[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            _at++;
        }
    }

    private bool Take(byte expected)
    {
        bool found = _at < _document.Length && _document[_at] == expected;
        _at += found ? 1 : 0;
        return found;
    }

    private bool TryReadValue(out JsonSlice value)
    {
        value = default;
        if (_at >= _document.Length)
        {
            return false;
        }

        switch (_document[_at])
        {
            case (byte)'"':
                return TryReadText(out value);
            case (byte)'{':
            case (byte)'[':
                return TryReadNested(out value);
            case (byte)'t':
                return TryReadWord("true"u8, JsonKind.True, out value);
            case (byte)'f':
                return TryReadWord("false"u8, JsonKind.False, out value);
            case (byte)'n':
                return TryReadWord("null"u8, JsonKind.Null, out value);
            default:
                return TryReadNumber(out value);
        }
    }

    private bool TryReadWord(ReadOnlySpan<byte> word, JsonKind kind, out JsonSlice value)
    {
        bool found = _document[_at..].StartsWith(word);
        value = found ? new JsonSlice(kind, _document.Slice(_at, word.Length)) : default;
        _at += found ? word.Length : 0;
        return found;
    }

    private bool TryReadNumber(out JsonSlice value)
    {
        value = default;
        int start = _at;
        Take((byte)'-');
        if (!Take((byte)'0') && TakeDigits() == 0)
        {
            return false;
        }

        if (Take((byte)'.') && TakeDigits() == 0)
        {
            return false;
        }

        if (Take((byte)'e') || Take((byte)'E'))
        {
            if (!Take((byte)'+'))
            {
                Take((byte)'-');
            }

            if (TakeDigits() == 0)
            {
                return false;
            }
        }

        value = new JsonSlice(JsonKind.Number, _document[start.._at]);
        return true;
    }

    private int TakeDigits()
    {
        int start = _at;
        while (_at < _document.Length && char.IsAsciiDigit((char)_document[_at]))
        {
            _at++;
        }

        return _at - start;
    }

    private bool TryReadText(out JsonSlice value)
    {
        value = default;
        if (!Take((byte)'"'))
        {
            return false;
        }

        int start = _at;
        while (true)
        {
            int skip = _document[_at..].IndexOfAny(TextStops);
            if (skip < 0)
            {
                return false;
            }

            _at += skip;
            if (_document[_at] == '"')
            {
                value = new JsonSlice(JsonKind.Text, _document[start.._at]);
                _at++;
                return true;
            }

            if (_document[_at] != '\\' || !TrySkipEscape())
            {
                return false; // A control character, or an escape that is none.
            }
        }
    }

    private bool TrySkipEscape()
    {
        ReadOnlySpan<byte> rest = _document[_at..];
        if (rest.Length < 2)
        {
            return false;
        }

        if (rest[1] == 'u')
        {
            _at += 6;
            return rest.Length >= 6 && !rest.Slice(2, 4).ContainsAnyExcept(HexDigits);
        }

        _at += 2;
        return "\"\\/bfnrt"u8.Contains(rest[1]);
    }

    // Objects and arrays below the top are only checked: one bit per level says which of the two is open.
    private bool TryReadNested(out JsonSlice value)
    {
        value = default;
        int start = _at;
        JsonKind kind = _document[_at] == '{' ? JsonKind.Object : JsonKind.Array;
        ulong objects = 0;
        int depth = 0;
        bool valueDue = true;
        while (true)
        {
            SkipSpace();
            if (_at >= _document.Length)
            {
                return false;
            }

            byte next = _document[_at];
            if (valueDue && next is (byte)'{' or (byte)'[')
            {
                if (++depth > MaxDepth)
                {
                    return false;
                }

                objects = (objects << 1) | (next == '{' ? 1UL : 0);
                _at++;
                SkipSpace();
                if (Take(Closing(objects)))
                {
                    depth--;
                    objects >>= 1;
                    valueDue = false;
                }
                else if ((objects & 1) != 0 && !TryReadName())
                {
                    return false;
                }
            }
            else if (valueDue)
            {
                if (!TryReadValue(out _))
                {
                    return false;
                }

                valueDue = false;
            }
            else if (Take((byte)','))
            {
                SkipSpace();
                valueDue = true;
                if ((objects & 1) != 0 && !TryReadName())
                {
                    return false;
                }
            }
            else if (Take(Closing(objects)))
            {
                depth--;
                objects >>= 1;
            }
            else
            {
                return false;
            }

            if (depth == 0)
            {
                value = new JsonSlice(kind, _document[start.._at]);
                return true;
            }
        }
    }

    private static byte Closing(ulong objects) => (objects & 1) != 0 ? (byte)'}' : (byte)']';

    private bool TryReadName()
    {
        if (!TryReadText(out _))
        {
            return false;
        }

        SkipSpace();
        return Take((byte)':');
    }
}
