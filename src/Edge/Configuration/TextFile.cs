using System.Text;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Configuration;

/// <summary>
/// Reads a text file whole or says why not: what is no regular file would block its reader, and bytes that are not UTF-8 would silently become
/// other text. A byte order mark is left out; UTF-16 and UTF-32, which YAML allows too, are told by theirs. Stateless.
/// </summary>
internal static class TextFile
{
    // A hundred thousand documents; what is larger was named by mistake and would only fill memory.
    private const long MaxBytes = 256 * 1024 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads the file. <paramref name="line"/> and <paramref name="column"/> (in bytes), from 1, tell where it stops being text; both are 0 when it
    /// cannot be read at all.
    /// </summary>
    public static bool TryRead(string path, out string text, out string error, out int line, out int column)
    {
        text = "";
        line = 0;
        column = 0;
        byte[] bytes;
        try
        {
            if (PathKinds.WhyUnreadable(path) is { } reason)
            {
                error = reason;
                return false;
            }

            if (new FileInfo(path) is { Length: > MaxBytes } file)
            {
                error = $"is too large for a configuration: {file.Length} bytes, at most {MaxBytes}";
                return false;
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            error = exception.Message;
            return false;
        }

        return TryDecode(bytes, out text, out error, out line, out column);
    }

    /// <summary>Reads the file where one sentence is enough.</summary>
    public static bool TryRead(string path, out string text, out string error)
    {
        if (TryRead(path, out text, out error, out int line, out int column))
        {
            return true;
        }

        error = line == 0 ? error : $"{error} at line {line}, byte {column}";
        return false;
    }

    private static bool TryDecode(byte[] bytes, out string text, out string error, out int line, out int column)
    {
        error = "";
        line = 0;
        column = 0;
        try
        {
            text = HasWideMark(bytes) ? new StreamReader(new MemoryStream(bytes)).ReadToEnd()
                : Strict.GetString(bytes.AsSpan(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0));
            return true;
        }
        catch (DecoderFallbackException)
        {
            int at = FirstInvalid(bytes);
            ReadOnlySpan<byte> before = bytes.AsSpan(0, at);
            text = "";
            error = $"the byte 0x{bytes[at]:x2} is not UTF-8";
            line = before.Count((byte)'\n') + 1;
            column = at - before.LastIndexOf((byte)'\n');
            return false;
        }
    }

    private static bool HasWideMark(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(Encoding.Unicode.Preamble) || bytes.StartsWith(Encoding.BigEndianUnicode.Preamble)
        || bytes.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]);

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }
}
