using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges;

/// <summary>
/// A request's header block as request-transformer may edit it: the fields that the proxy itself writes (X-Forwarded-*, X-Real-IP,
/// Connection, TE and framing) are out of reach, since Kong computes them before plugins and sends them after.
/// </summary>
internal readonly struct GuardedHeaderEdits(HeaderBlock block) : IHeaderEdits
{
    private readonly HeaderBlockEdits _edits = new(block);

    public bool TryGet(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value) => _edits.TryGet(name, out value);

    public bool TryGetNext(scoped ReadOnlySpan<byte> name, scoped ref int cursor, out ReadOnlySpan<byte> value) =>
        _edits.TryGetNext(name, ref cursor, out value);

    public bool Remove(scoped ReadOnlySpan<byte> name) => !IsGuarded(name) && _edits.Remove(name);

    public void Set(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        if (!IsGuarded(name))
        {
            _edits.Set(name, value);
        }
    }

    public void Add(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        if (!IsGuarded(name))
        {
            _edits.Add(name, value);
        }
    }

    public bool Rename(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> newName) =>
        !IsGuarded(name) && !IsGuarded(newName) && _edits.Rename(name, newName);

    private static bool IsGuarded(scoped ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => Ascii.EqualsIgnoreCase(name, "te"u8),
        7 => Ascii.EqualsIgnoreCase(name, "upgrade"u8),
        9 => Ascii.EqualsIgnoreCase(name, "x-real-ip"u8),
        10 => Ascii.EqualsIgnoreCase(name, "connection"u8) || Ascii.EqualsIgnoreCase(name, "keep-alive"u8),
        14 => Ascii.EqualsIgnoreCase(name, "content-length"u8),
        17 => Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8) || IsForwarded(name),
        > 12 => IsForwarded(name),
        _ => false,
    };

    // X-Forwarded-For, -Proto, -Host, -Port, -Path, -Prefix.
    private static bool IsForwarded(scoped ReadOnlySpan<byte> name) =>
        name.Length > 12 && Ascii.EqualsIgnoreCase(name[..12], "x-forwarded-"u8);
}
