using System.Globalization;
using System.Text;
using VoltageSoda.Edge.LoadTests.Model;

namespace VoltageSoda.Edge.LoadTests.Wire;

/// <summary>Writes a step's request once, so that sending it is one system call with nothing to format.</summary>
internal static class RequestBytes
{
    /// <summary>The whole request, head and body.</summary>
    public static byte[] Of(Step step, string host, string basePath, bool close)
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"{step.Method} {Join(basePath, step.Path)} HTTP/1.1\r\n");
        if (!step.Headers.Any(header => header.Name.Equals("Host", StringComparison.OrdinalIgnoreCase)))
        {
            head.Append(CultureInfo.InvariantCulture, $"Host: {host}\r\n");
        }

        foreach ((string name, string value) in step.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        if (step.Body.Length > 0 || step.Method is "POST" or "PUT" or "PATCH")
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {step.Body.Length}\r\n");
        }

        if (close)
        {
            head.Append("Connection: close\r\n");
        }

        head.Append("\r\n");
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. step.Body.Span];
    }

    private static string Join(string basePath, string path) =>
        path.Length == 0 ? (basePath.Length == 0 ? "/" : basePath) : basePath.TrimEnd('/') + (path[0] == '/' ? path : "/" + path);
}
