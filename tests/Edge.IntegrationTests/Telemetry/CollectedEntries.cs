using System.Globalization;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Telemetry;

/// <summary>
/// What collectors have acknowledged or were about to: entries of requests to <c>/sender/number</c>, each counted once, since one that a
/// killed collector had got is sent again. Thread-safe.
/// </summary>
internal sealed class CollectedEntries
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<int>> _numbers = [];
    private readonly Dictionary<string, int> _latest = [];
    private readonly Happening _collected = new();

    /// <summary>Notes the target of an entry.</summary>
    public void Add(string target)
    {
        int slash = target.LastIndexOf('/');
        string sender = target[1..slash];
        int number = int.Parse(target.AsSpan(slash + 1), CultureInfo.InvariantCulture);
        lock (_gate)
        {
            if (!_numbers.TryGetValue(sender, out HashSet<int>? numbers))
            {
                _numbers[sender] = numbers = [];
            }

            numbers.Add(number);
            _latest[sender] = Math.Max(number, _latest.GetValueOrDefault(sender));
        }

        _collected.Happened();
    }

    /// <summary>How many different entries of a sender have come.</summary>
    public int Count(string sender)
    {
        lock (_gate)
        {
            return _numbers.TryGetValue(sender, out HashSet<int>? numbers) ? numbers.Count : 0;
        }
    }

    /// <summary>Waits for the entry of that number or of a later one, which will not come once the given load has ended.</summary>
    public Task ReachedAsync(string sender, int number, params Task[] load) =>
        _collected.UntilAsync(() => Latest(sender) >= number, $"{sender} delivers {number}", load);

    private int Latest(string sender)
    {
        lock (_gate)
        {
            return _latest.GetValueOrDefault(sender, -1);
        }
    }
}
