using System.Text.RegularExpressions;

namespace VoltageSoda.Edge.TestKit;

/// <summary>One plugin of a row.</summary>
/// <param name="Name">Kong's name.</param>
/// <param name="Scope"><c>service</c> or <c>global</c> where the row says so.</param>
/// <param name="Remark"><c>by consumer</c>, <c>by IP</c>, <c>not counted</c> where the row says so.</param>
public sealed record SeedPlugin(string Name, string? Scope, string? Remark);

/// <summary>One row of the table.</summary>
/// <param name="Methods">Methods it is about.</param>
/// <param name="Paths">Paths that stand for its path column.</param>
/// <param name="Upstream">frontend, backend or flavors; null for a 404.</param>
/// <param name="KeepsPath">The path goes up as it came.</param>
/// <param name="KeepsHost">So does Host.</param>
/// <param name="Prefix">What is stripped and told in X-Forwarded-Prefix.</param>
/// <param name="Plugins">In the order of the table.</param>
public sealed record SeedRow(
    IReadOnlyList<string> Methods,
    IReadOnlyList<string> Paths,
    string? Upstream,
    bool KeepsPath,
    bool KeepsHost,
    string? Prefix,
    IReadOnlyList<SeedPlugin> Plugins)
{
    /// <summary>Whether a plugin acts on the row's requests.</summary>
    public bool Has(string plugin) => Plugins.Any(candidate => candidate.Name == plugin);

    /// <summary>What goes up for a request target: the table's "prefix stripped" leaves the rest of the path, beginning with a slash, and the query.</summary>
    public string Target(string path)
    {
        if (KeepsPath)
        {
            return path;
        }

        string rest = path[Prefix!.Length..];
        return rest.StartsWith('/') ? rest : "/" + rest;
    }
}

/// <summary>What the sample configuration does, as a literal copy of the table that specifies it, and its reading.</summary>
public static partial class SeedTable
{
    private const string Text = """
        | Request | Route → service | Plugins that act |
        |---|---|---|
        | GET/POST/OPTIONS anything not below | frontend, path kept, Host kept | zipkin, cors, request-t., response-t. (service), prometheus |
        | GET/POST/PUT/DELETE/OPTIONS /api/v1* | backend, prefix stripped, X-Forwarded-Prefix /api/v1 | zipkin, jwt, size limit, acl, rate (by consumer), response-t. (global), prometheus, http-log |
        | GET/POST/PUT/DELETE /api/flavors* | flavors, path kept | zipkin, rate (by IP), request-t., response-t. (service), prometheus |
        | PUT/DELETE/HEAD/PATCH elsewhere | 404 no Route | global response-t. headers; zipkin, prometheus (not counted) |
        | HEAD/PATCH /api/v1 | 404 (method not listed) | as above |
        """;

    // Requests that stand for the words of the first column; "elsewhere" and "not below" have to stay clear of the rows that name a path.
    private static readonly Dictionary<string, string[]> Paths = new()
    {
        ["anything not below"] = ["/", "/flavors", "/recipes/cola?size=2", "/api/other", "/nothing/at/all"],
        ["/api/v1*"] = ["/api/v1", "/api/v1/orders?page=2", "/api/v10"],
        ["/api/flavors*"] = ["/api/flavors", "/api/flavors/cola"],
        ["elsewhere"] = ["/", "/recipes/cola", "/api/other"],
        ["/api/v1"] = ["/api/v1", "/api/v1/orders"],
    };

    private static readonly Dictionary<string, string> Names = new()
    {
        ["request-t."] = "request-transformer",
        ["response-t."] = "response-transformer",
        ["size limit"] = "request-size-limiting",
        ["rate"] = "rate-limiting",
    };

    /// <summary>The rows, from the top.</summary>
    public static IReadOnlyList<SeedRow> Rows { get; } = Read();

    /// <summary>Every request that the table is about: its row, method and target.</summary>
    public static IEnumerable<(int Row, string Method, string Path)> Requests
    {
        get
        {
            for (int row = 0; row < Rows.Count; row++)
            {
                foreach (string method in Rows[row].Methods)
                {
                    foreach (string path in Rows[row].Paths)
                    {
                        yield return (row, method, path);
                    }
                }
            }

            // The rows leave these to each other: OPTIONS is not among the methods of /api/flavors, HEAD and PATCH are nowhere.
            yield return (0, "OPTIONS", "/api/flavors/cola");
            yield return (3, "HEAD", "/api/flavors");
            yield return (3, "PATCH", "/api/flavors");
        }
    }

    private static List<SeedRow> Read()
    {
        List<SeedRow> rows = [];
        foreach (string line in Text.Split('\n').Skip(2))
        {
            string[] cells = [.. line.Trim().Trim('|').Split('|').Select(static cell => cell.Trim())];
            string[] request = cells[0].Split(' ', 2);
            string[] route = [.. cells[1].Split(',').Select(static word => word.Trim())];
            rows.Add(new SeedRow(
                request[0].Split('/'),
                Paths[request[1]],
                route[0].StartsWith("404", StringComparison.Ordinal) ? null : route[0],
                route.Contains("path kept"),
                route.Contains("Host kept"),
                route.Contains("prefix stripped") ? route[^1]["X-Forwarded-Prefix ".Length..] : null,
                cells[2] == "as above" ? rows[^1].Plugins : [.. cells[2].Split(',', ';').Select(static word => Plugin(word.Trim()))]));
        }

        return rows;
    }

    private static SeedPlugin Plugin(string word)
    {
        Match match = PluginWord().Match(word);
        string name = match.Groups["name"].Value;
        string remark = match.Groups["remark"].Value;
        string? scope = match.Groups["global"].Success || remark == "global" ? "global" : remark == "service" ? "service" : null;
        return new SeedPlugin(Names.GetValueOrDefault(name, name), scope, remark.Length == 0 || remark == scope ? null : remark);
    }

    [GeneratedRegex(@"^(?<global>global )?(?<name>.+?)(?: headers)?(?: \((?<remark>[^)]+)\))?$")]
    private static partial Regex PluginWord();
}
