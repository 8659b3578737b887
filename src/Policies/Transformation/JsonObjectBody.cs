using System.Buffers;
using System.Text.Json;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// A JSON object body as a list of members, in order: values that nobody touches keep their bytes. Single use, single thread.
/// </summary>
internal sealed class JsonObjectBody
{
    private readonly List<Member> _members = [];

    private JsonObjectBody()
    {
    }

    public static JsonObjectBody Empty => new();

    /// <summary>Reads a body; null when it is not one well-formed JSON object.</summary>
    public static JsonObjectBody? Read(ReadOnlySpan<byte> body)
    {
        JsonObjectBody result = new();
        JsonMembers members = new(body);
        while (members.TryNext(out JsonSlice name, out JsonSlice value))
        {
            byte[] text = new byte[name.Raw.Length];
            int length = name.Unescape(text);
            result._members.Add(new Member(text[..length], value.Kind, Raw(value)));
        }

        return members.IsObject && !members.IsMalformed ? result : null;
    }

    public void Remove(byte[] name) => _members.RemoveAll(m => m.Is(name));

    /// <summary>Moves a value to another name, whose own value goes; with the old name absent the new one goes all the same (Kong 3.4).</summary>
    public void Rename(byte[] old, byte[] renamed)
    {
        if (old.AsSpan().SequenceEqual(renamed))
        {
            return;
        }

        Remove(renamed);
        for (int i = 0; i < _members.Count; i++)
        {
            if (_members[i].Is(old))
            {
                _members[i] = _members[i] with { Name = renamed };
            }
        }
    }

    /// <summary>Present in Lua's sense: there, and not false.</summary>
    public bool Has(byte[] name)
    {
        int at = Find(name);
        return at >= 0 && _members[at].Kind != JsonKind.False;
    }

    /// <summary>Writes a value given as JSON.</summary>
    public void Set(byte[] name, byte[] json)
    {
        Member made = new(name, KindOf(json), json);
        int at = Find(name);
        if (at < 0)
        {
            _members.Add(made);
            return;
        }

        _members[at] = made;
        for (int i = _members.Count - 1; i > at; i--)
        {
            if (_members[i].Is(name))
            {
                _members.RemoveAt(i);
            }
        }
    }

    /// <summary>A text becomes a list with it, a list grows; anything else, an object apart, gives way to a list of the one value (Kong append_value).</summary>
    public void Append(byte[] name, byte[] json)
    {
        int at = Find(name);
        Member? member = at < 0 ? null : _members[at];
        if (member is { Kind: JsonKind.Object })
        {
            return; // There is no place for an unnamed value in an object.
        }

        byte[] list = member switch
        {
            { Kind: JsonKind.Text } => [(byte)'[', .. member.Value, (byte)',', .. json, (byte)']'],
            { Kind: JsonKind.Array } when IsEmptyArray(member.Value) => [(byte)'[', .. json, (byte)']'],
            { Kind: JsonKind.Array } => [.. member.Value.AsSpan(0, member.Value.Length - 1), (byte)',', .. json, (byte)']'],
            _ => [(byte)'[', .. json, (byte)']'],
        };
        Set(name, list);
    }

    public void Write(IBufferWriter<byte> output)
    {
        output.Write("{"u8);
        for (int i = 0; i < _members.Count; i++)
        {
            output.Write(i == 0 ? default : ","u8);
            output.Write(Quote(_members[i].Name));
            output.Write(":"u8);
            output.Write(_members[i].Value);
        }

        output.Write("}"u8);
    }

    /// <summary>A text as JSON.</summary>
    public static byte[] Quote(ReadOnlySpan<byte> text)
    {
        JsonEncodedText encoded = JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return [(byte)'"', .. encoded.EncodedUtf8Bytes, (byte)'"'];
    }

    private static byte[] Raw(JsonSlice value) =>
        value.Kind == JsonKind.Text ? [(byte)'"', .. value.Raw, (byte)'"'] : value.Raw.ToArray();

    private static bool IsEmptyArray(ReadOnlySpan<byte> array) => !array[1..^1].ContainsAnyExcept(" \t\r\n"u8);

    private static JsonKind KindOf(ReadOnlySpan<byte> json) => json[0] switch
    {
        (byte)'"' => JsonKind.Text,
        (byte)'[' => JsonKind.Array,
        (byte)'{' => JsonKind.Object,
        (byte)'t' => JsonKind.True,
        (byte)'f' => JsonKind.False,
        (byte)'n' => JsonKind.Null,
        _ => JsonKind.Number,
    };

    private int Find(byte[] name) => _members.FindIndex(m => m.Is(name));

    private sealed record Member(byte[] Name, JsonKind Kind, byte[] Value)
    {
        public bool Is(byte[] name) => Name.AsSpan().SequenceEqual(name);
    }
}
