using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>Writes lines of the Prometheus text format 0.0.4 into a buffer: no strings are built. One block at a time, not thread-safe.</summary>
internal readonly ref struct ExpositionWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    /// <summary>HELP and TYPE of a family.</summary>
    public void Family(string name, string type, string help)
    {
        Raw("# HELP "u8);
        Text(name);
        Raw(" "u8);
        Text(help);
        Raw("\n# TYPE "u8);
        Text(name);
        Raw(" "u8);
        Text(type);
        Raw("\n"u8);
    }

    /// <summary>A sample without labels.</summary>
    public void Sample(string name, long value)
    {
        Text(name);
        Value(value);
    }

    /// <summary>A sample whose labels are written out already; <paramref name="le"/> adds the bound of a bucket.</summary>
    public void Sample(string name, ReadOnlySpan<byte> suffix, string labels, string? le, long value)
    {
        Text(name);
        Raw(suffix);
        Raw("{"u8);
        Text(labels);
        if (le is not null)
        {
            Raw(labels.Length == 0 ? "le=\""u8 : ",le=\""u8);
            Text(le);
            Raw("\""u8);
        }

        Raw("}"u8);
        Value(value);
    }

    /// <summary>Labels as they stand between braces.</summary>
    public static string LabelText(IEnumerable<(string Name, string Value)> labels) => string.Join(',', labels.Select(static label =>
        $"{label.Name}=\"{label.Value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)}\""));

    /// <summary>The name of a sample and its suffix; labels follow.</summary>
    public ExpositionWriter Open(string name, ReadOnlySpan<byte> suffix)
    {
        Text(name);
        Raw(suffix);
        Raw("{"u8);
        return this;
    }

    /// <summary>The first label.</summary>
    public ExpositionWriter First(ReadOnlySpan<byte> label, string value)
    {
        Raw(label);
        Raw("=\""u8);
        LabelValue(value);
        Raw("\""u8);
        return this;
    }

    /// <summary>A further label.</summary>
    public ExpositionWriter Next(ReadOnlySpan<byte> label, string value)
    {
        Raw(","u8);
        return First(label, value);
    }

    /// <summary>A further label with a number.</summary>
    public ExpositionWriter Next(ReadOnlySpan<byte> label, long value)
    {
        Raw(","u8);
        Raw(label);
        Raw("=\""u8);
        Number(value);
        Raw("\""u8);
        return this;
    }

    /// <summary>Ends the labels and the line.</summary>
    public void Close(long value)
    {
        Raw("}"u8);
        Value(value);
    }

    private void Value(long value)
    {
        Raw(" "u8);
        Number(value);
        Raw("\n"u8);
    }

    private void Number(long value)
    {
        Span<byte> room = _output.GetSpan(20);
        Utf8Formatter.TryFormat(value, room, out int written);
        _output.Advance(written);
    }

    // Backslash, quote and line feed are the escapes of the format; unpaired surrogates become U+FFFD by the encoder.
    private void LabelValue(string value)
    {
        ReadOnlySpan<char> rest = value;
        while (true)
        {
            int at = rest.IndexOfAny('\\', '"', '\n');
            if (at < 0)
            {
                Text(rest);
                return;
            }

            Text(rest[..at]);
            Raw(rest[at] switch
            {
                '\\' => @"\\"u8,
                '"' => "\\\""u8,
                _ => @"\n"u8,
            });
            rest = rest[(at + 1)..];
        }
    }

    private void Text(ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, _output);

    // With a size: Kestrel's body writer may answer a request for any size with an empty span, which the framework's Write refuses.
    private void Raw(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            bytes.CopyTo(_output.GetSpan(bytes.Length));
            _output.Advance(bytes.Length);
        }
    }
}
