using System.Globalization;
using System.Text;

namespace VoltageSoda.Edge.Telemetry.Tracing;

/// <summary>Names of spans as Kong gives them. Stateless.</summary>
internal static class SpanNames
{
    /// <summary>The method, or method and path.</summary>
    public static string Request(SpanRecord record)
    {
        string method = Encoding.UTF8.GetString(record.Method);
        return record.Target.NamesPath ? method + " " + Encoding.UTF8.GetString(record.Path) : method;
    }

    public static string Proxy(string request) => request + " (proxy)";

    /// <param name="request">Name of the request span.</param>
    /// <param name="number">From 1.</param>
    public static string Try(string request, int number) => string.Create(CultureInfo.InvariantCulture, $"{request} (balancer try {number})");
}
