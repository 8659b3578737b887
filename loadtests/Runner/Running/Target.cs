using System.Net;

namespace VoltageSoda.Edge.LoadTests.Running;

/// <summary>Where the load goes: one address, resolved once, and what the URL adds to each request. Immutable.</summary>
public sealed class Target
{
    /// <summary>Resolves an <c>http</c> URL; its path goes before each step's path.</summary>
    public Target(Uri url)
    {
        if (url.Scheme != Uri.UriSchemeHttp)
        {
            throw new ArgumentException($"'{url}': only http URLs can be loaded.");
        }

        Url = url;
        IPAddress address = IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? literal) ? literal : Dns.GetHostAddresses(url.Host)[0];
        EndPoint = new IPEndPoint(address, url.Port);
        SocketAddress raw = EndPoint.Serialize();
        Address = raw.Buffer.Slice(0, raw.Size).ToArray();
        Host = url.IsDefaultPort ? url.Host : $"{url.Host}:{url.Port}";
        BasePath = url.AbsolutePath == "/" ? "" : url.PathAndQuery;
    }

    /// <summary>As it was given.</summary>
    public Uri Url { get; }

    /// <summary>The address.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The Host field's value.</summary>
    public string Host { get; }

    /// <summary>The URL's path, empty for the root.</summary>
    public string BasePath { get; }

    /// <summary>The address as the kernel's <c>sockaddr</c>.</summary>
    internal ReadOnlyMemory<byte> Address { get; }
}
