using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace VoltageSoda.Edge.Admin.Gateways;

/// <summary>What a request to <c>/stats</c> asks for (<c>envoy: source/server/admin/stats_params.cc</c>). Immutable.</summary>
internal sealed class StatsQuery
{
    // A pattern of a scrape is not worth more.
    private static readonly TimeSpan FilterTime = TimeSpan.FromMilliseconds(200);

    private static readonly string[] Types = ["All", "Counters", "Gauges", "Histograms", "TextReadouts"];
    private static readonly string[] Formats = ["html", "active-html", "json", "prometheus", "text"];

    private readonly Regex? _filter;
    private readonly Regex? _hidden;
    private readonly string _type;

    private StatsQuery(Regex? filter, Regex? hidden, string format, string type, bool usedOnly)
    {
        _filter = filter;
        _hidden = hidden;
        _type = type;
        Format = format;
        UsedOnly = usedOnly;
    }

    /// <summary><c>text</c>, <c>json</c> or <c>prometheus</c>; HTML is answered as text.</summary>
    public string Format { get; }

    /// <summary>Only what was ever counted.</summary>
    public bool UsedOnly { get; }

    /// <summary>Reads a query; null with Envoy's sentence for one that cannot be answered.</summary>
    /// <param name="query">The query.</param>
    /// <param name="hidden">Patterns of names that the configuration hides.</param>
    /// <param name="error">Why it is refused.</param>
    public static StatsQuery? Read(IQueryCollection query, IReadOnlyList<string> hidden, out string error)
    {
        Regex? filter = null;
        if (query["filter"].ToString() is { Length: > 0 } pattern && (filter = Compile(pattern)) is null)
        {
            error = "Invalid re2 regex";
            return null;
        }

        string type = query["type"].ToString() is { Length: > 0 } wanted ? wanted : "All";
        if (!Types.Contains(type))
        {
            error = "invalid &type= param";
            return null;
        }

        string format = query["format"].ToString() is { Length: > 0 } named ? named : "text";
        if (!Formats.Contains(format))
        {
            error = "usage: /stats?format=(html|active-html|json|prometheus|text)\n\n";
            return null;
        }

        bool showsHidden = query["hidden"] == "include" || hidden.Count == 0;
        error = "";
        return new StatsQuery(
            filter, showsHidden ? null : Compile($"^(?:{string.Join('|', hidden.Select(static one => $"(?:{one})"))})$"), format, type, query.ContainsKey("usedonly"));
    }

    /// <summary>Whether a number is shown.</summary>
    public bool Shows(in EnvoyStat stat) =>
        (_type == "All" || _type == (stat.IsGauge ? "Gauges" : "Counters")) && (!UsedOnly || stat.Value != 0) && Shows(stat.FullName);

    /// <summary>Whether a histogram is shown.</summary>
    public bool Shows(in EnvoyHistogram histogram) =>
        _type is "All" or "Histograms" && (!UsedOnly || histogram.Count != 0) && Shows(histogram.FullName);

    private bool Shows(string name) => _filter?.IsMatch(name) != false && _hidden?.IsMatch(name) != true;

    private static Regex? Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, FilterTime);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
