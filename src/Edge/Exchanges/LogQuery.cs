using System.Buffers;
using System.Text.Unicode;
using VoltageSoda.Edge.Policies.Text;
using VoltageSoda.Edge.Telemetry.Queues;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// The query of a log entry as nginx's Lua reads it: decoded, a repeated argument as an array, one without equals sign as <c>true</c>, the
/// first hundred only. A name that is not UTF-8 is left out: it has no form in JSON that no other name has, and <c>uri</c> shows it. Stateless,
/// allocates nothing.
/// </summary>
internal static class LogQuery
{
    private const int MaxArguments = 100;
    private const int MaxStack = 512;

    public static void Write(ReadOnlySpan<byte> query, EntryJson json)
    {
        json.Raw("{"u8);
        if (!query.IsEmpty)
        {
            byte[]? rented = query.Length > MaxStack ? ArrayPool<byte>.Shared.Rent(2 * query.Length) : null;
            Span<byte> scratch = rented ?? stackalloc byte[2 * MaxStack];
            Arguments(query, json, scratch[..(scratch.Length / 2)], scratch[(scratch.Length / 2)..]);
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }

        json.Raw("}"u8);
    }

    private static void Arguments(ReadOnlySpan<byte> query, EntryJson json, Span<byte> nameRoom, Span<byte> valueRoom)
    {
        bool first = true;
        QueryArgs args = new(query);
        for (int index = 0; index < MaxArguments && args.MoveNext(); index++)
        {
            ReadOnlySpan<byte> name = nameRoom[..PercentCoding.Decode(args.Name, nameRoom)];
            int same = Count(query, name, index, out bool isFirst);
            if (name.IsEmpty || !isFirst || !Utf8.IsValid(name))
            {
                continue;
            }

            json.Raw(first ? default : ","u8);
            first = false;
            json.Text(name);
            json.Raw(same == 1 ? ":"u8 : ":["u8);
            Values(query, json, name, valueRoom);
            json.Raw(same == 1 ? default : "]"u8);
        }
    }

    private static int Count(ReadOnlySpan<byte> query, ReadOnlySpan<byte> name, int index, out bool isFirst)
    {
        int count = 0;
        isFirst = true;
        QueryArgs args = new(query);
        for (int i = 0; i < MaxArguments && args.MoveNext(); i++)
        {
            if (PercentCoding.DecodedEquals(args.Name, name))
            {
                count++;
                isFirst &= i >= index;
            }
        }

        return count;
    }

    private static void Values(ReadOnlySpan<byte> query, EntryJson json, ReadOnlySpan<byte> name, Span<byte> room)
    {
        bool first = true;
        QueryArgs args = new(query);
        for (int i = 0; i < MaxArguments && args.MoveNext(); i++)
        {
            if (!PercentCoding.DecodedEquals(args.Name, name))
            {
                continue;
            }

            json.Raw(first ? default : ","u8);
            first = false;
            if (args.HasValue)
            {
                json.Text(room[..PercentCoding.Decode(args.Value, room)]);
            }
            else
            {
                json.Raw("true"u8);
            }
        }
    }
}
