using System.Text;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Snapshot.Mesh;

namespace VoltageSoda.Edge.Cli.Explain.Mesh;

/// <summary>
/// Which Gateway listener takes a request: by the port of its URL (that of the server or the bound one), and for a URL without port by the scheme's,
/// unless a Kong listener is nearer. Pure.
/// </summary>
/// <param name="Listener">The listener.</param>
/// <param name="Note">Why, when the port does not say so; null else.</param>
internal sealed record GatewayChoice(GatewayListenerPlan Listener, string? Note)
{
    /// <param name="request">The request.</param>
    /// <param name="mesh">What Gateways serve.</param>
    /// <param name="kong">Kong's proxy listeners.</param>
    /// <param name="hasKong">Whether a Kong document is loaded.</param>
    public static GatewayChoice? Of(RequestLine request, MeshSnapshot mesh, IReadOnlyList<ListenAddress> kong, bool hasKong)
    {
        GatewayListenerPlan[] fitting = [.. mesh.Listeners.Where(listener => listener.IsTls == request.IsHttps)];
        if (fitting.Length == 0)
        {
            // A scheme that no Gateway serves is Kong's to refuse, unless there is no Kong.
            return null;
        }

        if (request.Authority is null)
        {
            return hasKong ? null : new GatewayChoice(fitting[0], "a path names no listener; the first one is taken");
        }

        int port = request.Port ?? (request.IsHttps ? 443 : 80);
        bool isKongs = kong.Any(listener => listener.Ssl == request.IsHttps && listener.Port == port);
        GatewayListenerPlan? exact = fitting.FirstOrDefault(listener => listener.Port == port)
            ?? (isKongs ? null : fitting.FirstOrDefault(listener => listener.ServerPort == port));
        if (exact is not null && (request.Port is not null || !hasKong || Knows(exact, request)))
        {
            return new GatewayChoice(exact, exact.Port == port ? null : $"port {port} of the Gateway");
        }

        return hasKong ? null : new GatewayChoice(fitting[0], $"no listener is on port {port}; the first one is taken (a port may be mapped on the way)");
    }

    private static bool Knows(GatewayListenerPlan listener, RequestLine request) =>
        listener.Server(Encoding.ASCII.GetBytes(request.ServerName ?? ""))?.VirtualHost(Encoding.ASCII.GetBytes(request.Authority ?? "")) is not null;
}
