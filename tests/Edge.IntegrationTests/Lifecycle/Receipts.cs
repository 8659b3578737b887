using System.Globalization;
using System.Text;
using System.Text.Json;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Lifecycle;

/// <summary>What collectors got, each entry and each span by itself. All memory is taken at the start.</summary>
internal sealed class Receipts(int clients)
{
    /// <summary>Most requests of one client.</summary>
    public const int MaxRequests = 100_000;

    private readonly Lock _gate = new();
    private readonly byte[] _entries = new byte[clients * MaxRequests];
    private readonly HashSet<ulong> _spans = new(3 * clients * MaxRequests);
    private int _entryCount;
    private int _spanCount;
    private int _doubled;

    /// <summary>Entries and spans that came, and how many of them came before.</summary>
    public (int Entries, int Spans, int Doubled) Counts
    {
        get
        {
            lock (_gate)
            {
                return (_entryCount, _spanCount, _doubled);
            }
        }
    }

    /// <summary>The target of a request, from which its log entry is told.</summary>
    public static string Target(int client, int number) => string.Create(CultureInfo.InvariantCulture, $"/a/{client}/{number}");

    /// <summary>How often the entry of a request came.</summary>
    public int Entries(int client, int number)
    {
        lock (_gate)
        {
            return _entries[(client * MaxRequests) + number];
        }
    }

    public string TakeEntries(UpstreamRequest delivery)
    {
        // The reader, unlike the document, takes nothing from pools that would grow. An entry's request is the object in an object in the array.
        Utf8JsonReader batch = new(Encoding.Latin1.GetBytes(delivery.Body));
        lock (_gate)
        {
            while (batch.Read())
            {
                if (batch is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 3 } && batch.ValueTextEquals("uri"u8))
                {
                    batch.Read();
                    string[] target = batch.GetString()!.Split('/');
                    int index = (int.Parse(target[2], CultureInfo.InvariantCulture) * MaxRequests) + int.Parse(target[3], CultureInfo.InvariantCulture);
                    _entryCount++;
                    _doubled += _entries[index] == 0 ? 0 : 1;
                    _entries[index]++;
                }
            }
        }

        return Taken;
    }

    public string TakeSpans(UpstreamRequest delivery)
    {
        Utf8JsonReader batch = new(Encoding.Latin1.GetBytes(delivery.Body));
        lock (_gate)
        {
            while (batch.Read())
            {
                if (batch is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 2 } && batch.ValueTextEquals("id"u8))
                {
                    batch.Read();
                    _spanCount++;
                    _doubled += _spans.Add(ulong.Parse(batch.GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture)) ? 0 : 1;
                }
            }
        }

        return Taken;
    }

    private const string Taken = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
}
