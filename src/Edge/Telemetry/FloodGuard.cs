using System.Runtime.CompilerServices;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Folds refusals that repeat: once an address has drawn more than the limit of lines with one reason within a second, further ones are
/// only counted, and one line with the count follows. Shared by all loops of a log (an address may reach any of them); each
/// set of entries is guarded by a spin of a few instructions, and a loop that does not get it soon writes its line instead of waiting.
/// </summary>
internal sealed class FloodGuard(int limit)
{
    private const int Sets = 1024;
    private const int Ways = 4;
    private const int Spins = 64;

    private Entry[]? _entries;
    private int[]? _busy;
    private int _folding;

    /// <summary>Longest address and reason that are told apart.</summary>
    public const int TextLength = 48;

    /// <summary>True when some count still waits for its line.</summary>
    public bool IsFolding => Volatile.Read(ref _folding) > 0;

    /// <summary>Whether a refusal gets its line. Loop threads.</summary>
    /// <param name="address">Client address as text.</param>
    /// <param name="reason">Kind of refusal.</param>
    /// <param name="second">Wall clock in whole seconds.</param>
    /// <param name="untold">Refusals of the same kind folded in an earlier second and not yet told: the caller writes that line.</param>
    public bool Admit(ReadOnlySpan<byte> address, ReadOnlySpan<byte> reason, long second, out Untold untold)
    {
        untold = default;
        Entry[] entries = Volatile.Read(ref _entries) ?? Create();
        uint hash = Hash(address, reason);
        int set = (int)(hash & (Sets - 1));
        if (!TryEnter(set))
        {
            return true;
        }

        try
        {
            ref Entry entry = ref Select(entries.AsSpan(set * Ways, Ways), hash, address, reason, second);
            return Unsafe.IsNullRef(ref entry) || Count(ref entry, second, out untold);
        }
        finally
        {
            Volatile.Write(ref _busy![set], 0);
        }
    }

    /// <summary>Takes the counts of seconds that are over. Writer thread.</summary>
    /// <param name="second">Wall clock in whole seconds.</param>
    /// <param name="told">Called for each with address, reason, second and count.</param>
    public void Sweep(long second, Folded told)
    {
        if (!IsFolding || Volatile.Read(ref _entries) is not { } entries)
        {
            return;
        }

        for (int i = 0; i < entries.Length; i++)
        {
            if (Volatile.Read(ref entries[i].Suppressed) == 0 || !TryEnter(i / Ways))
            {
                continue;
            }

            Entry copy = entries[i];
            bool due = copy.Suppressed > 0 && copy.Second < second;
            if (due)
            {
                entries[i].Suppressed = 0;
                Interlocked.Decrement(ref _folding);
            }

            Volatile.Write(ref _busy![i / Ways], 0);
            if (due)
            {
                told(copy.Address[..copy.AddressLength], copy.Reason[..copy.ReasonLength], copy.Second, copy.Suppressed);
            }
        }
    }

    private bool Count(ref Entry entry, long second, out Untold untold)
    {
        untold = default;
        if (entry.Second != second)
        {
            untold = new Untold(entry.Second, entry.Suppressed);
            if (untold.Count > 0)
            {
                Interlocked.Decrement(ref _folding);
            }

            entry.Second = second;
            entry.Count = 1;
            entry.Suppressed = 0;
            return true;
        }

        if (++entry.Count <= limit)
        {
            return true;
        }

        if (entry.Suppressed++ == 0)
        {
            Interlocked.Increment(ref _folding);
        }

        return false;
    }

    // The entry of this address and reason, else the oldest that holds no count; none when every way holds one.
    private static ref Entry Select(Span<Entry> ways, uint hash, ReadOnlySpan<byte> address, ReadOnlySpan<byte> reason, long second)
    {
        address = address.Length > TextLength ? address[..TextLength] : address;
        reason = reason.Length > TextLength ? reason[..TextLength] : reason;
        ref Entry free = ref Unsafe.NullRef<Entry>();
        foreach (ref Entry way in ways)
        {
            if (way.Hash == hash && way.Is(address, reason))
            {
                return ref way;
            }

            if (way.Suppressed == 0 && (Unsafe.IsNullRef(ref free) || way.Second < free.Second))
            {
                free = ref way;
            }
        }

        if (!Unsafe.IsNullRef(ref free))
        {
            free.Take(hash, address, reason, second);
        }

        return ref free;
    }

    private static uint Hash(ReadOnlySpan<byte> address, ReadOnlySpan<byte> reason)
    {
        var hash = default(HashCode);
        hash.AddBytes(address);
        hash.AddBytes(reason);
        return (uint)hash.ToHashCode();
    }

    private bool TryEnter(int set)
    {
        ref int busy = ref _busy![set];
        for (int i = 0; i < Spins; i++)
        {
            if (Volatile.Read(ref busy) == 0 && Interlocked.CompareExchange(ref busy, 1, 0) == 0)
            {
                return true;
            }

            Thread.SpinWait(8);
        }

        return false;
    }

    // Half a megabyte that only a process under attack needs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Entry[] Create()
    {
        Interlocked.CompareExchange(ref _busy, new int[Sets], null);
        var entries = new Entry[Sets * Ways];
        return Interlocked.CompareExchange(ref _entries, entries, null) ?? entries;
    }

    /// <summary>Told of a count of folded refusals.</summary>
    public delegate void Folded(ReadOnlySpan<byte> address, ReadOnlySpan<byte> reason, long second, int count);

    /// <summary>Refusals folded in a second that is over.</summary>
    public readonly record struct Untold(long Second, int Count);

    [InlineArray(TextLength)]
    private struct Text
    {
        private byte _first;
    }

    private struct Entry
    {
        public uint Hash;
        public int Count;
        public int Suppressed;
        public byte AddressLength;
        public byte ReasonLength;
        public long Second;
        public Text Address;
        public Text Reason;

        public readonly bool Is(ReadOnlySpan<byte> address, ReadOnlySpan<byte> reason)
        {
            ReadOnlySpan<byte> heldAddress = Address;
            ReadOnlySpan<byte> heldReason = Reason;
            return address.SequenceEqual(heldAddress[..AddressLength]) && reason.SequenceEqual(heldReason[..ReasonLength]);
        }

        public void Take(uint hash, ReadOnlySpan<byte> address, ReadOnlySpan<byte> reason, long second)
        {
            Hash = hash;
            Count = 0;
            Suppressed = 0;
            Second = second;
            AddressLength = (byte)address.Length;
            ReasonLength = (byte)reason.Length;
            address.CopyTo(Address);
            reason.CopyTo(Reason);
        }
    }
}
