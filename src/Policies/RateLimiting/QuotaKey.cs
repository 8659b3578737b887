using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace VoltageSoda.Edge.Policies.RateLimiting;

/// <summary>
/// The keys of one rate-limiting instance in Redis, laid out as Kong's so that counters survive a change from one to the other
/// (<c>get_local_key</c> of <c>kong/plugins/rate-limiting/policies/init.lua</c>):
/// <c>ratelimit:route id:service id:identifier:window start in milliseconds:period</c>. Immutable, thread-safe, allocates nothing.
/// </summary>
public sealed class QuotaKey
{
    /// <summary>Longer identifiers are put as their SHA-256: a client must not decide how much memory a key takes.</summary>
    public const int MaxIdentifierLength = 256;

    // Longest: a digest marker and 64 digits are shorter; then a colon, 20 digits, a colon and the name of a period.
    private const int TailLength = 1 + 20 + 1 + 6;

    private readonly byte[] _prefix;

    /// <param name="route">Route of the plugin's scope; null for none, which is Kong's zero UUID.</param>
    /// <param name="service">Service of the plugin's scope, likewise.</param>
    /// <param name="family">First part of the key.</param>
    public QuotaKey(Guid? route, Guid? service, string family = "ratelimit") =>
        _prefix = Encoding.ASCII.GetBytes($"{family}:{route ?? Guid.Empty}:{service ?? Guid.Empty}:");

    /// <summary>Room that <see cref="WriteWindow"/> and <see cref="Write"/> need at most.</summary>
    public int MaxLength => _prefix.Length + MaxIdentifierLength + TailLength;

    /// <summary>An identifier as it stands in keys; <paramref name="room"/> holds <see cref="MaxIdentifierLength"/> bytes.</summary>
    public static ReadOnlySpan<byte> Bound(ReadOnlySpan<byte> identifier, Span<byte> room)
    {
        if (identifier.Length <= MaxIdentifierLength)
        {
            return identifier;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(identifier, digest);
        "sha256-"u8.CopyTo(room);
        Convert.TryToHexStringLower(digest, room[7..], out int written);
        return room[..(7 + written)];
    }

    /// <summary>Writes the key of a bounded identifier for the window at this moment and returns its length.</summary>
    public int WriteWindow(ReadOnlySpan<byte> identifier, RatePeriod period, long unixMilliseconds, Span<byte> destination)
    {
        int at = Write(identifier, destination);
        destination[at++] = (byte)':';
        Utf8Formatter.TryFormat(RateWindow.StartOf(period, unixMilliseconds), destination[at..], out int digits);
        at += digits;
        destination[at++] = (byte)':';
        ReadOnlySpan<byte> name = RateWindow.NameOf(period);
        name.CopyTo(destination[at..]);
        return at + name.Length;
    }

    /// <summary>Writes the key of a bounded identifier without a window and returns its length.</summary>
    public int Write(ReadOnlySpan<byte> identifier, Span<byte> destination)
    {
        _prefix.CopyTo(destination);
        identifier.CopyTo(destination[_prefix.Length..]);
        return _prefix.Length + identifier.Length;
    }
}
