using System.Net;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

// The comparison proxy: one catch-all route to one origin, with everything switched off that the other proxies do not do.
// Usage: yarp-proxy PORT ORIGIN_URL
if (args.Length != 2 || !int.TryParse(args[0], out int port) || !Uri.TryCreate(args[1], UriKind.Absolute, out Uri? origin))
{
    Console.Error.WriteLine("usage: yarp-proxy PORT ORIGIN_URL");
    return 2;
}

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
builder.Services.AddReverseProxy()
    .LoadFromMemory(
        [new RouteConfig { RouteId = "all", ClusterId = "origin", Match = new RouteMatch { Path = "/{**rest}" } }],
        [
            new ClusterConfig
            {
                ClusterId = "origin",
                Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = origin.ToString() } },
                HttpRequest = new ForwarderRequestConfig { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
            },
        ])
    .ConfigureHttpClient((_, handler) =>
    {
        handler.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10);
        handler.PooledConnectionLifetime = Timeout.InfiniteTimeSpan;
        // Tracing headers and their activities cost time that nobody here would see.
        handler.ActivityHeadersPropagator = null;
    });

WebApplication app = builder.Build();
app.MapReverseProxy();
app.Run();
return 0;
