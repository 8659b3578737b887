using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary>Which proxy listener takes a request: by the port of its URL, else the first of its scheme. Pure.</summary>
/// <param name="Address">Null when none does.</param>
/// <param name="Explained">For the explanation.</param>
internal sealed record ListenerChoice(ListenAddress? Address, ExplainedListener Explained)
{
    public static ListenerChoice Of(RequestLine request, IReadOnlyList<ListenAddress> listeners)
    {
        ListenAddress[] fitting = [.. listeners.Where(listener => listener.Ssl == request.IsHttps)];
        ListenAddress? exact = request.Port is { } port ? fitting.FirstOrDefault(listener => listener.Port == port) : null;
        ListenAddress? taken = exact ?? fitting.FirstOrDefault();
        if (taken is null)
        {
            string scheme = request.IsHttps ? "https" : "http";
            return new ListenerChoice(null, new ExplainedListener("", false, $"no listener serves {scheme}"));
        }

        string? note = request.Port is { } asked && exact is null ? $"no listener is on port {asked}; the first one is taken (a port may be mapped on the way)"
            : null;
        return new ListenerChoice(taken, new ExplainedListener(taken.Text, true, note));
    }
}
