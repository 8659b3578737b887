using System.Collections.Concurrent;
using System.Text;

namespace VoltageSoda.Edge.Telemetry.MeshMetrics;

/// <summary>
/// The values a label of one's own has had, numbered. Clients choose them, so that there is an end: after <see cref="Limit"/> of them every new one is
/// <c>other</c>. Kept for the life of the process; thread-safe, a known value costs a look-up without lock.
/// </summary>
internal sealed class TagValues
{
    /// <summary>Values with a number of their own.</summary>
    public const int Limit = 1000;

    /// <summary>Bits of a number.</summary>
    public const int Bits = 10;

    /// <summary>Bytes of a value that count.</summary>
    public const int LongestValue = 128;

    private const int Other = 0;

    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly List<string> _names = ["other"];
    private volatile bool _isFull;

    /// <summary>Times that a value had to be <c>other</c>.</summary>
    public long Overflows;

    /// <summary>The number of a value.</summary>
    public int NumberOf(ReadOnlySpan<byte> value)
    {
        Span<char> text = stackalloc char[LongestValue];
        int length = Encoding.Latin1.GetChars(value[..Math.Min(value.Length, LongestValue)], text);
        ReadOnlySpan<char> name = text[..length];
        if (_numbers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out int number))
        {
            return number;
        }

        if (_isFull)
        {
            Interlocked.Increment(ref Overflows);
            return Other;
        }

        return Add(name.ToString());
    }

    /// <summary>The value of a number.</summary>
    public string NameOf(int number)
    {
        lock (_gate)
        {
            return _names[number];
        }
    }

    private int Add(string name)
    {
        lock (_gate)
        {
            if (_numbers.TryGetValue(name, out int number))
            {
                return number;
            }

            if (_names.Count > Limit)
            {
                _isFull = true;
                return Other;
            }

            _names.Add(name);
            _numbers[name] = _names.Count - 1;
            return _names.Count - 1;
        }
    }
}
