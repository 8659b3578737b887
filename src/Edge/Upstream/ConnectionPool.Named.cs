using System.Text;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Upstream;

/// <content>
/// Connections that are secured for the Host of the request instead of the endpoint's own (Kong: <c>proxy_ssl_name $upstream_host</c>), kept
/// apart by that name: what was asked of one host must not carry requests for another.
/// </content>
internal sealed partial class ConnectionPool
{
    // Clients choose these names: beyond so many the one that was asked for longest ago gives its connections up.
    private const int MaxNames = 64;

    // The longest name of the DNS.
    private const int LongestName = 253;

    private Dictionary<string, ConnectionPool>? _named;
    private long _askedAt;

    /// <summary>
    /// The pool of connections to this endpoint that are secured for a host; this one where that is its own. <paramref name="host"/> may have a
    /// port. Loop-thread only; allocates for a name that is new.
    /// </summary>
    public ConnectionPool For(ReadOnlySpan<byte> host)
    {
        int colon = host.LastIndexOf((byte)':');
        ReadOnlySpan<byte> bare = (colon > host.LastIndexOf((byte)']') ? host[..colon] : host).Trim("[]"u8);
        if (_tls is not { } tls || bare.Length is 0 or > LongestName)
        {
            return this;
        }

        Span<char> room = stackalloc char[LongestName];
        int length = Encoding.Latin1.GetChars(bare, room);
        Span<char> name = room[..length];
        for (int i = 0; i < name.Length; i++)
        {
            name[i] = char.ToLowerInvariant(name[i]);
        }

        if (name.Equals(tls.ServerName, StringComparison.OrdinalIgnoreCase))
        {
            return this;
        }

        _named ??= new Dictionary<string, ConnectionPool>(StringComparer.Ordinal);
        if (!_named.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out ConnectionPool? pool))
        {
            if (_named.Count >= MaxNames)
            {
                GiveUpOldestName(_named);
            }

            string text = name.ToString();
            pool = new ConnectionPool(_owner, _endpoint, _ledger, tls.For(text)) { _settings = _settings };
            _named.Add(text, pool);
        }

        pool._askedAt = _loop.NowMilliseconds;
        return pool;
    }

    private static void GiveUpOldestName(Dictionary<string, ConnectionPool> named)
    {
        (string name, ConnectionPool oldest) = named.MinBy(static pair => pair.Value._askedAt);
        named.Remove(name);
        oldest.Drain();
    }

    private void DrainNamed()
    {
        if (_named is { } named)
        {
            _named = null;
            foreach (ConnectionPool pool in named.Values)
            {
                pool.Drain();
            }
        }
    }

    private void CloseNamedIdle()
    {
        if (_named is { } named)
        {
            foreach (ConnectionPool pool in named.Values)
            {
                pool.CloseIdle();
            }
        }
    }
}
