using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// The two shapes of a diagnostic line: nginx's error log line, and a JSON object. A line is one line whatever it carries: control
/// characters are escaped and an exception's stack is joined, so that nothing a client sends can forge an entry. Longer lines are cut.
/// </summary>
internal static class DiagnosticFormatter
{
    // Room for the end of a line that was cut.
    private const int Reserve = 64;

    /// <summary><c>2026/11/23 05:05:44 [notice] 1#7: [listeners] message</c>, where 7 is the thread.</summary>
    public static int Text(Span<byte> room, in DiagnosticLine line, DateTimeOffset now, int processId)
    {
        var writer = new LineWriter(room);
        Date(ref writer, now, '/', ' ');
        writer.Raw(" ["u8);
        writer.Raw(LogLevelNames.Utf8(line.Level));
        writer.Raw("] "u8);
        writer.Number(processId);
        writer.Raw((byte)'#');
        writer.Number(Environment.CurrentManagedThreadId);
        writer.Raw(": ["u8);
        Printable(ref writer, line.Area, room.Length);
        writer.Raw("] "u8);
        Printable(ref writer, line.Message, room.Length);
        if (line.Exception is not null)
        {
            writer.Raw(": "u8);
            Printable(ref writer, Describe(line.Exception), room.Length);
        }

        writer.Raw((byte)'\n');
        return writer.Length;
    }

    /// <summary>An object with time, level, area, event, message, the message's own fields and the exception.</summary>
    public static int Json(Span<byte> room, in DiagnosticLine line, DateTimeOffset now, int processId)
    {
        var writer = new LineWriter(room);
        writer.Raw("{\"time\":\""u8);
        Date(ref writer, now, '-', 'T');
        writer.Raw((byte)'.');
        writer.Padded(now.Millisecond, 3);
        writer.Raw("Z\",\"level\":\""u8);
        writer.Raw(LogLevelNames.Utf8(line.Level));
        writer.Raw("\",\"pid\":"u8);
        writer.Number(processId);
        String(ref writer, "area", line.Area, room.Length);
        writer.Raw(",\"id\":"u8);
        writer.Number(line.Event.Id);
        if (line.Event.Name is { Length: > 0 } name)
        {
            String(ref writer, "event", name, room.Length);
        }

        String(ref writer, "message", line.Message, room.Length);
        if (line.Exception is not null)
        {
            String(ref writer, "exception", Describe(line.Exception), room.Length);
        }

        for (int i = 0; i < (line.Fields?.Count ?? 0); i++)
        {
            (string key, object? value) = line.Fields![i];
            if (key != "{OriginalFormat}")
            {
                Field(ref writer, key, value, room.Length);
            }
        }

        writer.Raw("}\n"u8);
        return writer.Length;
    }

    private static string Describe(Exception exception) => exception.ToString().ReplaceLineEndings(" | ");

    private static void Date(ref LineWriter writer, DateTimeOffset now, char separator, char between)
    {
        writer.Padded(now.Year, 4);
        writer.Raw((byte)separator);
        writer.Padded(now.Month, 2);
        writer.Raw((byte)separator);
        writer.Padded(now.Day, 2);
        writer.Raw((byte)between);
        writer.Padded(now.Hour, 2);
        writer.Raw((byte)':');
        writer.Padded(now.Minute, 2);
        writer.Raw((byte)':');
        writer.Padded(now.Second, 2);
    }

    private static void Field(ref LineWriter writer, string key, object? value, int room)
    {
        if (value is sbyte or byte or short or ushort or int or uint or long)
        {
            if (writer.Length + key.Length + Reserve < room)
            {
                Name(ref writer, key, room);
                writer.Number(Convert.ToInt64(value, CultureInfo.InvariantCulture));
            }
        }
        else if (value is not null)
        {
            String(ref writer, key, Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty, room);
        }
    }

    private static void Name(ref LineWriter writer, string name, int room)
    {
        writer.Raw(",\""u8);
        Escaped(ref writer, name, room);
        writer.Raw("\":"u8);
    }

    private static void String(ref LineWriter writer, string name, string value, int room)
    {
        if (writer.Length + (name.Length * 6) + Reserve > room)
        {
            return;
        }

        Name(ref writer, name, room);
        writer.Raw((byte)'"');
        Escaped(ref writer, value, room);
        writer.Raw((byte)'"');
    }

    private static void Escaped(ref LineWriter writer, string value, int room) => Characters(ref writer, value, room, json: true);

    private static void Printable(ref LineWriter writer, string value, int room) => Characters(ref writer, value, room, json: false);

    // UTF-8 with control characters escaped, as JSON has it or as \xNN. What does not fit is cut.
    private static void Characters(ref LineWriter writer, string value, int room, bool json)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in value.EnumerateRunes())
        {
            if (writer.Length + 12 + Reserve > room)
            {
                return;
            }

            if (json && rune.Value is ('"' or '\\'))
            {
                writer.Raw((byte)'\\');
                writer.Raw((byte)rune.Value);
            }
            else if (Rune.IsControl(rune))
            {
                writer.Raw(json ? "\\u00"u8 : "\\x"u8);
                writer.Raw(Hex(rune.Value >> 4));
                writer.Raw(Hex(rune.Value & 15));
            }
            else
            {
                writer.Raw(utf8[..rune.EncodeToUtf8(utf8)]);
            }
        }
    }

    private static byte Hex(int nibble) => (byte)(nibble < 10 ? '0' + nibble : 'A' + nibble - 10);
}
