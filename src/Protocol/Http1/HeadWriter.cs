using System.Buffers;
using VoltageSoda.Edge.Protocol.Buffers;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Serialises one HTTP/1.1 head: a start line, any number of <see cref="Fields"/> and <c>Field</c> calls, then <see cref="End"/>.
/// Whatever is not from a parser is checked; one bad name or value makes <see cref="End"/> refuse and leaves the output untouched.
/// Use on the stack only.
/// </summary>
public ref struct HeadWriter
{
    // Start line without its target, and a few fields added between.
    private const int Slack = 256;

    private readonly bool _lowerCaseNames;
    private ByteWriter _writer;
    private bool _isRefused;

    /// <summary>
    /// Starts a head of about <paramref name="sizeHint"/> bytes: <see cref="Estimate"/> plus what is added between.
    /// <paramref name="lowerCaseNames"/> spells names given as <see cref="KnownHeader"/> in lower case.
    /// </summary>
    public HeadWriter(IBufferWriter<byte> output, int sizeHint, bool lowerCaseNames = false)
    {
        _writer = new ByteWriter(output, sizeHint + Slack);
        _lowerCaseNames = lowerCaseNames;
    }

    /// <summary>Upper bound of what <see cref="Fields"/> writes for these fields.</summary>
    public static int Estimate(HeaderBlock headers) => headers.SerialisedBound;

    /// <summary>Writes <c>METHOD target HTTP/1.1</c>. The method must be a token, the target visible ASCII.</summary>
    public void RequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target) => RequestLine(method, target, default);

    /// <summary>As the other overload, with the target in two parts (path, query with its <c>?</c>).</summary>
    public void RequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, ReadOnlySpan<byte> query)
    {
        if (!FieldSyntax.IsToken(method) || path.IsEmpty || !IsVisible(path) || !IsVisible(query))
        {
            _isRefused = true;
            return;
        }

        _writer.Write(method);
        _writer.WriteByte((byte)' ');
        _writer.Write(path);
        _writer.Write(query);
        _writer.Write(" HTTP/1.1\r\n"u8);
    }

    /// <summary>Writes <c>HTTP/1.1 status reason</c> with our own reason phrase.</summary>
    public void StatusLine(int status) => _writer.Write(ReasonPhrases.StatusLine(status));

    /// <summary>Writes every live field in order.</summary>
    public void Fields(HeaderBlock headers)
    {
        if (FieldSectionWriter.MayWrite(headers))
        {
            FieldSectionWriter.Write(ref _writer, headers);
        }
        else
        {
            _isRefused = true;
        }
    }

    /// <summary>Writes one field; the value is checked.</summary>
    public void Field(KnownHeader name, ReadOnlySpan<byte> value)
    {
        if (name == KnownHeader.None || !FieldSyntax.IsFieldValue(value))
        {
            _isRefused = true;
            return;
        }

        FieldSectionWriter.WriteField(ref _writer, Spell(name), value);
    }

    /// <summary>Writes one field; name and value are checked.</summary>
    public void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!FieldSyntax.IsToken(name) || !FieldSyntax.IsFieldValue(value))
        {
            _isRefused = true;
            return;
        }

        FieldSectionWriter.WriteField(ref _writer, name, value);
    }

    /// <summary>Writes one field whose value is a non-negative number.</summary>
    public void Field(KnownHeader name, long value) => Field(Spell(name), value);

    /// <summary>Writes one field whose value is a non-negative number.</summary>
    public void Field(ReadOnlySpan<byte> name, long value)
    {
        if (!FieldSyntax.IsToken(name) || value < 0)
        {
            _isRefused = true;
            return;
        }

        _writer.Write(name);
        _writer.Write(": "u8);
        _writer.WriteDecimal(value);
        _writer.Write("\r\n"u8);
    }

    /// <summary>Writes the fields that announce a body of that framing: Content-Length, or Transfer-Encoding: chunked, or nothing.</summary>
    public void Framing(in BodyFraming framing)
    {
        switch (framing.Kind)
        {
            case BodyKind.Length:
                Field(KnownHeader.ContentLength, framing.Length);
                break;
            case BodyKind.Chunked:
                FieldSectionWriter.WriteField(ref _writer, Spell(KnownHeader.TransferEncoding), "chunked"u8);
                break;
        }
    }

    /// <summary>Ends the head and commits it; or commits nothing and says why.</summary>
    public WireError End()
    {
        if (_isRefused)
        {
            _writer.Discard();
            return WireError.UnwritableField;
        }

        _writer.Write("\r\n"u8);
        _writer.Commit();
        return WireError.None;
    }

    private readonly ReadOnlySpan<byte> Spell(KnownHeader name) => _lowerCaseNames ? KnownHeaders.LowerName(name) : KnownHeaders.Name(name);

    private static bool IsVisible(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExceptInRange((byte)'!', (byte)'~');
}
