using System.Buffers.Binary;
using System.Text;

namespace VoltageSoda.Edge.IntegrationTests.Tracing;

/// <summary>A protobuf message as fields by number, decoded without a schema; as much of the wire format as OTLP uses.</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Number, ulong Value, byte[]? Bytes)> _fields = [];

    public static ProtobufMessage Read(ReadOnlySpan<byte> bytes)
    {
        ProtobufMessage message = new();
        while (!bytes.IsEmpty)
        {
            ulong tag = Varint(ref bytes);
            switch (tag & 7)
            {
                case 0:
                    message._fields.Add(((int)(tag >> 3), Varint(ref bytes), null));
                    break;
                case 1:
                    message._fields.Add(((int)(tag >> 3), BinaryPrimitives.ReadUInt64LittleEndian(bytes), null));
                    bytes = bytes[8..];
                    break;
                case 2:
                    int length = (int)Varint(ref bytes);
                    message._fields.Add(((int)(tag >> 3), 0, bytes[..length].ToArray()));
                    bytes = bytes[length..];
                    break;
                case 5:
                    message._fields.Add(((int)(tag >> 3), BinaryPrimitives.ReadUInt32LittleEndian(bytes), null));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new FormatException($"Wire type {tag & 7}.");
            }
        }

        return message;
    }

    public IEnumerable<ProtobufMessage> Messages(int number) => _fields.Where(field => field.Number == number).Select(static field => Read(field.Bytes!));

    public string Hex(int number) => Convert.ToHexStringLower(_fields.FirstOrDefault(field => field.Number == number).Bytes ?? []);

    public string Text(int number) => Encoding.UTF8.GetString(_fields.FirstOrDefault(field => field.Number == number).Bytes ?? []);

    public ulong Number(int number) => _fields.FirstOrDefault(field => field.Number == number).Value;

    /// <summary>Attributes at a field: key at 1; value at 2, with text at 1 or a number at 3.</summary>
    public Dictionary<string, string> Attributes(int number) => Messages(number).ToDictionary(
        static pair => pair.Text(1),
        static pair => AnyValue(pair.Messages(2).Single()));

    private static string AnyValue(ProtobufMessage value) =>
        value._fields.Exists(static field => field.Number == 1) ? value.Text(1) : value.Number(3).ToString();

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
