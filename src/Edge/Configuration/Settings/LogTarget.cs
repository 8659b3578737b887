namespace VoltageSoda.Edge.Configuration.Settings;

/// <summary>
/// The value of a log setting as nginx takes it: a path, and behind it the name of a log format (or, for error logs, a level). Pure.
/// </summary>
internal static class LogTarget
{
    // What nginx and Kong define themselves; combined is what the access log is written in.
    private static readonly string[] KnownFormats = ["combined", "basic"];

    /// <summary>The path alone.</summary>
    public static string PathOf(string text)
    {
        int end = text.AsSpan().IndexOfAny(' ', '\t');
        return end < 0 ? text : text[..end];
    }

    /// <summary>The name of a format of the operator's own, which only an nginx snippet could have defined; null when there is none.</summary>
    public static string? CustomFormatOf(string text)
    {
        string rest = text[PathOf(text).Length..].Trim();
        string name = PathOf(rest);
        return name.Length == 0 || KnownFormats.Contains(name) ? null : name;
    }
}
