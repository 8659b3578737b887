namespace VoltageSoda.Edge.TestKit;

/// <summary>Small Kong documents for tests.</summary>
public static class KongText
{
    /// <summary>One service with one route on <c>/</c>, path kept, to the given addresses; extra text is appended at the service's level.</summary>
    public static string Single(IEnumerable<string> targets, string serviceExtra = "", string routeExtra = "", string tail = "") => $"""
        _format_version: "3.0"
        services:
        - name: app
          url: http://app.internal:80
        {Indent(serviceExtra, 2)}
          routes:
          - name: all
            paths: ["/"]
            strip_path: false
        {Indent(routeExtra, 4)}
        upstreams:
        - name: app.internal
          targets:
        {string.Join("\n", targets.Select(static target => $"  - target: \"{target}\""))}
        {tail}
        """;

    /// <summary>As the other overload, with one target.</summary>
    public static string Single(string target, string serviceExtra = "", string routeExtra = "", string tail = "") =>
        Single([target], serviceExtra, routeExtra, tail);

    private static string Indent(string text, int spaces) =>
        string.Join("\n", text.Split('\n').Where(static line => line.Trim().Length != 0).Select(line => new string(' ', spaces) + line));
}
