using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// Kong's basic-auth plugin (P/basic-auth/access.lua): user and password from Proxy-Authorization, else from Authorization. Immutable,
/// thread-safe, no allocation.
/// </summary>
public sealed class BasicAuth
{
    private const int StackScratch = 512;

    private static readonly KongErrorBody MissingBody = KongErrorBody.Templated("Unauthorized");
    private static readonly KongErrorBody InvalidBody = KongErrorBody.Templated("Invalid authentication credentials");

    private readonly PasswordTable _passwords;
    private readonly bool _hides;
    private readonly AnonymousFallback _anonymous;
    private readonly AuthVerdict _missing;
    private readonly AuthVerdict _invalid;

    public BasicAuth(BasicAuthOptions options, PasswordTable passwords)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(passwords);
        _passwords = passwords;
        _hides = options.HideCredentials;
        _anonymous = new AnonymousFallback(options.HasAnonymous, options.Anonymous);
        byte[] challenge = AuthVerdict.ChallengeOf("Basic", options.Realm ?? KeyAuth.DefaultRealm);
        _missing = AuthVerdict.Unauthorized(MissingBody, challenge);
        _invalid = AuthVerdict.Unauthorized(InvalidBody, challenge);
    }

    /// <summary>Judges a request, and takes the fields that were looked at out of it when they are to be hidden.</summary>
    /// <param name="headers">Request fields.</param>
    /// <param name="existing">Identity set by an earlier authentication policy, or null.</param>
    public AuthVerdict Verify<THeaders>(ref THeaders headers, Identity? existing)
        where THeaders : struct, IHeaderEdits, allows ref struct
    {
        if (_anonymous.IsAuthenticated(existing))
        {
            return new AuthVerdict { IsPass = true, Identity = existing };
        }

        bool proxied = headers.TryGet("Proxy-Authorization"u8, out ReadOnlySpan<byte> proxyField);
        bool direct = headers.TryGet("Authorization"u8, out ReadOnlySpan<byte> field);
        if (!proxied && !direct)
        {
            return _anonymous.Settle(_missing);
        }

        // The second field counts only when the first names no user that exists.
        Identity? identity = proxied ? Check(proxyField, out bool isKnown) : Skip(out isKnown);
        if (!isKnown && direct)
        {
            identity = Check(field, out _);
        }

        if (_hides)
        {
            headers.Remove("Proxy-Authorization"u8);
            if (!isKnown)
            {
                headers.Remove("Authorization"u8);
            }
        }

        return _anonymous.Settle(identity is null ? _invalid : new AuthVerdict { IsPass = true, Identity = identity });
    }

    private static Identity? Skip(out bool isKnown)
    {
        isKnown = false;
        return null;
    }

    [SkipLocalsInit]
    private Identity? Check(ReadOnlySpan<byte> field, out bool isKnown)
    {
        isKnown = false;
        ReadOnlySpan<byte> encoded = AfterScheme(field);
        if (encoded.IsEmpty)
        {
            return null;
        }

        // Padding may be missing, so that the last group counts whole.
        int needed = ((encoded.Length + 3) / 4 * 3) + _passwords.SaltRoom;
        byte[]? rented = needed > StackScratch ? ArrayPool<byte>.Shared.Rent(needed) : null;
        Span<byte> scratch = rented ?? stackalloc byte[StackScratch];
        try
        {
            if (TryDecode(encoded, scratch, out int length) && TrySplit(scratch[..length], out Range user, out Range password))
            {
                isKnown = _passwords.Contains(scratch[user]);
                (int start, int count) = password.GetOffsetAndLength(length);
                return _passwords.Verify(scratch[user], scratch[start..], count);
            }

            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scratch);
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    // Kong's pattern \s*[Bb]asic\s*(.+), searched anywhere in the value.
    internal static ReadOnlySpan<byte> AfterScheme(ReadOnlySpan<byte> value)
    {
        for (int at = value.IndexOf("asic"u8); at >= 0;)
        {
            ReadOnlySpan<byte> rest = value[(at + 4)..];
            if (at > 0 && value[at - 1] is (byte)'B' or (byte)'b')
            {
                return rest.TrimStart(" \t"u8);
            }

            int next = rest.IndexOf("asic"u8);
            at = next < 0 ? -1 : at + 4 + next;
        }

        return default;
    }

    // Padding may be left out, as nginx allows; anything else that is not base64 is refused.
    private static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> destination, out int length)
    {
        encoded = encoded.TrimEnd("="u8);
        int whole = encoded.Length & ~3;
        length = 0;
        if (encoded.ContainsAny((byte)' ', (byte)'\t')
            || Base64.DecodeFromUtf8(encoded[..whole], destination, out _, out length) != OperationStatus.Done)
        {
            return false;
        }

        ReadOnlySpan<byte> tail = encoded[whole..];
        if (tail.IsEmpty)
        {
            return true;
        }

        if (tail.Length == 1)
        {
            return false;
        }

        ReadOnlySpan<byte> padded = [tail[0], tail[1], tail.Length == 3 ? tail[2] : (byte)'=', (byte)'='];
        if (Base64.DecodeFromUtf8(padded, destination[length..], out _, out int last) != OperationStatus.Done)
        {
            return false;
        }

        length += last;
        return true;
    }

    // Kong's pattern ([^:]+):(.*), where the dot ends at a line feed.
    private static bool TrySplit(ReadOnlySpan<byte> text, out Range user, out Range password)
    {
        int start = text.IndexOfAnyExcept((byte)':');
        int colon = start < 0 ? -1 : text[start..].IndexOf((byte)':');
        user = password = default;
        if (colon < 0)
        {
            return false;
        }

        int rest = start + colon + 1;
        int end = text[rest..].IndexOf((byte)'\n');
        user = start..(start + colon);
        password = rest..(end < 0 ? text.Length : rest + end);
        return true;
    }
}
