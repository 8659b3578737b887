using System.Buffers;
using System.Globalization;
using System.Text;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Routing.Mesh;

/// <summary>What a redirect changes of the address of a request; null keeps it.</summary>
public sealed record RedirectTarget
{
    public string? Scheme { get; init; }

    /// <summary>Host, with or without port.</summary>
    public string? Authority { get; init; }

    /// <summary>Port to write; null keeps that of the request where the authority stays.</summary>
    public int? Port { get; init; }

    /// <summary>The whole path; with a query of its own, that of the request goes.</summary>
    public string? Path { get; init; }

    /// <summary>What takes the place of the matched prefix.</summary>
    public string? PrefixRewrite { get; init; }
}

/// <summary>
/// The Location of a redirect (<c>envoy: source/common/router/config_impl.cc newUri</c>). A port that is the default of the scheme the request came by
/// is dropped when the scheme changes, and any port when another is written. Immutable, thread-safe, no allocation.
/// </summary>
public sealed class RedirectAction
{
    private readonly byte[]? _scheme;
    private readonly byte[]? _authority;
    private readonly byte[]? _port;
    private readonly byte[]? _path;
    private readonly bool _pathHasQuery;
    private readonly UriRewrite? _prefix;

    /// <param name="target">What changes.</param>
    /// <param name="matched">The path condition of the route, whose prefix is replaced.</param>
    public RedirectAction(RedirectTarget target, TextMatch matched)
    {
        ArgumentNullException.ThrowIfNull(target);
        _scheme = Utf8(target.Scheme);
        _authority = Utf8(target.Authority);
        _port = target.Port is { } port ? Utf8(":" + port.ToString(CultureInfo.InvariantCulture)) : null;
        _path = Utf8(target.Path);
        _pathHasQuery = target.Path?.Contains('?', StringComparison.Ordinal) == true;
        _prefix = target.PrefixRewrite is { } prefix ? UriRewrite.Replace(matched, prefix) : null;
    }

    /// <summary>Writes the value of Location.</summary>
    public void WriteLocation(scoped in MeshRequest request, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        ReadOnlySpan<byte> scheme = _scheme ?? request.Scheme;
        output.Write(scheme);
        output.Write("://"u8);
        output.Write(_authority ?? RequestHost(request, scheme));
        output.Write(_port);
        if (_path is not null)
        {
            output.Write(_path);
            int query = _pathHasQuery ? -1 : request.PathAndQuery.IndexOf((byte)'?');
            output.Write(query < 0 ? default : request.PathAndQuery[query..]);
        }
        else if (_prefix is null || !_prefix.TryWrite(request.PathAndQuery, output))
        {
            output.Write(request.PathAndQuery);
        }
    }

    /// <summary>Writes the Location of <c>httpsRedirect</c>: the address as it came, port and all, by https.</summary>
    public static void WriteHttpsLocation(scoped in MeshRequest request, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write("https://"u8);
        output.Write(request.Authority);
        output.Write(request.PathAndQuery);
    }

    private ReadOnlySpan<byte> RequestHost(scoped in MeshRequest request, ReadOnlySpan<byte> scheme)
    {
        ReadOnlySpan<byte> authority = request.Authority;
        int colon = authority.LastIndexOf((byte)':');
        if (colon < 0 || colon < authority.LastIndexOf((byte)']'))
        {
            return authority;
        }

        ReadOnlySpan<byte> port = authority[colon..];
        bool drop = _port is not null
            || (!scheme.SequenceEqual(request.Scheme)
                && ((request.Scheme.SequenceEqual("https"u8) && port.SequenceEqual(":443"u8))
                    || (request.Scheme.SequenceEqual("http"u8) && port.SequenceEqual(":80"u8))));
        return drop ? authority[..colon] : authority;
    }

    private static byte[]? Utf8(string? text) => string.IsNullOrEmpty(text) ? null : Encoding.UTF8.GetBytes(text);
}
