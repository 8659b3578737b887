namespace VoltageSoda.Edge.IntegrationTests.Upstreams;

/// <summary>A Kong document with one upstream behind one catch-all route.</summary>
internal static class UpstreamDocument
{
    /// <summary>Fields of the upstream are YAML lines without indentation.</summary>
    public static string Of(string upstreamFields, string[] targets, string service = "retries: 0", string route = "", string tail = "") => $"""
        _format_version: "3.0"
        services:
        - name: app
          url: http://app.internal:80
        {Indent(service, 2)}
          routes:
          - name: all
            paths: ["/"]
            strip_path: false
        {Indent(route, 4)}
        upstreams:
        - name: app.internal
        {Indent(upstreamFields, 2)}
          targets:
        {string.Join("\n", targets.Select(static target => "  - " + (target.Contains('{') ? target : $"target: \"{target}\"")))}
        {tail}
        """;

    private static string Indent(string text, int spaces) =>
        string.Join("\n", text.Split('\n').Where(static line => line.Trim().Length != 0).Select(line => new string(' ', spaces) + line));
}
