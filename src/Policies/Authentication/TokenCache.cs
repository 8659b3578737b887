using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using VoltageSoda.Edge.Policies.RateLimiting;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// Remembers tokens whose signature was found valid, so that a token seen again is not verified again. What it holds is bound to the
/// verifier that put it in, and a verifier to its options and its credentials: a reload forgets everything. Time claims are not part of what
/// is remembered as valid; they are returned and judged at each use.
/// </summary>
/// <remarks>
/// Bounded: a fixed number of slots of a fixed size, allocated once; a token takes the slot that its keyed hash selects and puts out what was
/// there, and one that is longer than a slot is not kept. Only valid tokens get in, so that nobody without a credential can fill it. The whole
/// token is compared, in constant time. Thread-safe without locks: each slot is a sequence lock, whose readers never wait (a slot that changes
/// while it is read is a miss) and whose writers give up when another one is at it.
/// </remarks>
public sealed class TokenCache
{
    /// <summary>Longest token kept, bytes.</summary>
    public const int MaxTokenLength = 2048;

    private readonly Slot[] _slots;
    private readonly byte[] _tokens;
    private readonly SeededHash _hash;
    private readonly int _mask;

    /// <param name="slots">Tokens kept at most, a power of two; each takes about 2 KiB.</param>
    /// <param name="seed">Secret that decides which token takes which slot: random, per process.</param>
    public TokenCache(int slots, (ulong Key0, ulong Key1) seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slots);
        ArgumentOutOfRangeException.ThrowIfNotEqual(slots & (slots - 1), 0, nameof(slots));
        _slots = new Slot[slots];
        _tokens = GC.AllocateUninitializedArray<byte>(slots * MaxTokenLength);
        _hash = new SeededHash(seed.Key0, seed.Key1);
        _mask = slots - 1;
    }

    /// <summary>Bytes it takes, whatever is in it.</summary>
    public long Size => _tokens.Length + ((long)_slots.Length * Unsafe.SizeOf<Slot>());

    /// <summary>Finds a token that <paramref name="owner"/> has put in.</summary>
    internal bool TryGet(long owner, ReadOnlySpan<byte> token, out CachedToken found)
    {
        found = default;
        if (token.Length > MaxTokenLength)
        {
            return false;
        }

        ulong hash = _hash.Compute(token);
        int index = (int)hash & _mask;
        ref Slot slot = ref _slots[index];
        int version = Volatile.Read(ref slot.Version);
        if ((version & 1) != 0 || slot.Hash != hash || slot.Owner != owner || slot.Length != token.Length)
        {
            return false;
        }

        bool equal = CryptographicOperations.FixedTimeEquals(_tokens.AsSpan(index * MaxTokenLength, token.Length), token);
        CachedToken read = slot.Token;

        // Everything above was read before the version is read again.
        Interlocked.MemoryBarrier();
        if (!equal || Volatile.Read(ref slot.Version) != version)
        {
            return false;
        }

        found = read;
        return true;
    }

    /// <summary>Puts a valid token in; does nothing when it is too long or another thread is at its slot.</summary>
    internal void Add(long owner, ReadOnlySpan<byte> token, in CachedToken value)
    {
        if (token.Length > MaxTokenLength)
        {
            return;
        }

        ulong hash = _hash.Compute(token);
        int index = (int)hash & _mask;
        ref Slot slot = ref _slots[index];
        int version = Volatile.Read(ref slot.Version);
        if ((version & 1) != 0 || Interlocked.CompareExchange(ref slot.Version, version + 1, version) != version)
        {
            return;
        }

        token.CopyTo(_tokens.AsSpan(index * MaxTokenLength));
        slot.Hash = hash;
        slot.Owner = owner;
        slot.Length = token.Length;
        slot.Token = value;
        Volatile.Write(ref slot.Version, version + 2);
    }

    // No reference in it: an old configuration does not live on for a token of its time.
    private struct Slot
    {
        public int Version;
        public int Length;
        public long Owner;
        public ulong Hash;
        public CachedToken Token;
    }
}

/// <summary>What is remembered of a valid token.</summary>
/// <param name="Credential">Index of the credential in its table.</param>
/// <param name="Exp">The exp claim; NaN when it is missing or no number.</param>
/// <param name="Nbf">The nbf claim; NaN when it is missing or no number.</param>
internal readonly record struct CachedToken(int Credential, double Exp, double Nbf);
