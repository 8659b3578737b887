using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>
/// An io_uring that is used as a vector of system calls: sends and receives are queued, <see cref="Submit"/> carries all of them out in one
/// call, and every one of them is over when it returns. Not thread-safe.
/// </summary>
/// <remarks>
/// Every operation is asked not to wait (MSG_DONTWAIT), so that none outlives its submission: a buffer is the kernel's for the length of one
/// call, as with send and recv themselves, and there is nothing to cancel. What is saved is a system call per operation.
/// </remarks>
internal sealed unsafe class IoRing : IDisposable
{
    /// <summary>Result of an operation that the kernel did not begin; its socket is as it was.</summary>
    public const int NotDone = int.MinValue;

    private const uint OperationSend = 26;
    private const uint OperationReceive = 27;
    private const uint EnterGetEvents = 1;
    private const long OffsetSubmissionRing = 0;
    private const long OffsetEntries = 0x10000000;
    private const uint FeatureSingleMapping = 1;

    private readonly int _descriptor;
    private readonly byte* _rings;
    private readonly nuint _ringsLength;
    private readonly Entry* _entries;
    private readonly nuint _entriesLength;
    private readonly uint _mask;
    private readonly uint* _submissionHead;
    private readonly uint* _submissionTail;
    private readonly uint* _completionHead;
    private readonly uint* _completionTail;
    private readonly uint _completionMask;
    private readonly Completion* _completions;
    private readonly int[] _results;
    private uint _tail;
    private int _disposed;

    private IoRing(int descriptor, in Parameters parameters, byte* rings, nuint ringsLength, Entry* entries, nuint entriesLength)
    {
        _descriptor = descriptor;
        _rings = rings;
        _ringsLength = ringsLength;
        _entries = entries;
        _entriesLength = entriesLength;
        Capacity = (int)parameters.SubmissionEntries;
        _mask = parameters.SubmissionEntries - 1;
        _submissionHead = (uint*)(rings + parameters.SubmissionOffsets.Head);
        _submissionTail = (uint*)(rings + parameters.SubmissionOffsets.Tail);
        _completionHead = (uint*)(rings + parameters.CompletionOffsets.Head);
        _completionTail = (uint*)(rings + parameters.CompletionOffsets.Tail);
        _completionMask = parameters.CompletionEntries - 1;
        _completions = (Completion*)(rings + parameters.CompletionOffsets.Completions);
        _results = new int[Capacity];

        // The submission queue goes through an index array; each slot always names the entry of the same number.
        uint* array = (uint*)(rings + parameters.SubmissionOffsets.Array);
        for (uint i = 0; i < parameters.SubmissionEntries; i++)
        {
            array[i] = i;
        }
    }

    /// <summary>How many operations fit into one submission.</summary>
    public int Capacity { get; }

    /// <summary>Operations queued since the last submission.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Creates a ring, or says with an error number why there is none: containers often forbid it (EPERM), and old kernels do not know it.
    /// </summary>
    /// <param name="capacity">Operations in one submission, a power of two.</param>
    /// <param name="ring">The ring, to be disposed; null when an error is returned.</param>
    public static int TryCreate(int capacity, out IoRing? ring)
    {
        ring = null;
        Parameters parameters = default;
        long created = Libc.SystemCall(Libc.IoUringSetup, capacity, (long)&parameters, 0, 0, 0, 0);
        if (created < 0)
        {
            return Libc.LastError;
        }

        int descriptor = (int)created;
        if ((parameters.Features & FeatureSingleMapping) == 0)
        {
            // Older than the operations used here (Linux 5.6).
            _ = Libc.Close(descriptor);
            return Libc.Error.NoSystemCall;
        }

        nuint ringsLength = Math.Max(
            parameters.SubmissionOffsets.Array + (parameters.SubmissionEntries * sizeof(uint)),
            parameters.CompletionOffsets.Completions + (parameters.CompletionEntries * (uint)sizeof(Completion)));
        nuint entriesLength = parameters.SubmissionEntries * (uint)sizeof(Entry);
        void* rings = Libc.Map(ringsLength, descriptor, OffsetSubmissionRing);
        if (rings == Libc.MapFailed)
        {
            int error = Libc.LastError;
            _ = Libc.Close(descriptor);
            return error;
        }

        void* entries = Libc.Map(entriesLength, descriptor, OffsetEntries);
        if (entries == Libc.MapFailed)
        {
            int error = Libc.LastError;
            _ = Libc.Unmap(rings, ringsLength);
            _ = Libc.Close(descriptor);
            return error;
        }

        ring = new IoRing(descriptor, parameters, (byte*)rings, ringsLength, (Entry*)entries, entriesLength);
        return 0;
    }

    /// <summary>Queues a send and gives its place in the results. The memory must stay until <see cref="Submit"/> has returned.</summary>
    public int Send(int descriptor, byte* source, int length) =>
        Queue(OperationSend, descriptor, source, length, Libc.MsgNoSignal | Libc.MsgDontWait);

    /// <summary>Queues a receive and gives its place in the results. The memory must stay until <see cref="Submit"/> has returned.</summary>
    public int Receive(int descriptor, byte* target, int length) => Queue(OperationReceive, descriptor, target, length, Libc.MsgDontWait);

    /// <summary>
    /// Carries out what is queued. Afterwards <see cref="Result"/> holds for each operation what send or recv would have returned, with
    /// errors as negative numbers, or <see cref="NotDone"/>.
    /// </summary>
    public void Submit()
    {
        int count = Count;
        Count = 0;
        _results.AsSpan(0, count).Fill(NotDone);
        Volatile.Write(ref *_submissionTail, _tail);
        int begun = 0;
        while (begun < count)
        {
            long entered = Libc.SystemCall(Libc.IoUringEnter, _descriptor, count - begun, 0, 0, 0, 0);
            if (entered > 0)
            {
                begun += (int)entered;
            }
            else if (entered == 0 || Libc.LastError != Libc.Error.Interrupted)
            {
                // Out of memory: what was not begun is taken back, and its owner makes the call himself.
                _tail = Volatile.Read(ref *_submissionHead);
                Volatile.Write(ref *_submissionTail, _tail);
                break;
            }
        }

        int ended = Reap();
        while (ended < begun)
        {
            // Not seen to happen with MSG_DONTWAIT; a buffer must not be given back while the kernel may still write to it.
            _ = Libc.SystemCall(Libc.IoUringEnter, _descriptor, 0, begun - ended, EnterGetEvents, 0, 0);
            ended += Reap();
        }
    }

    /// <summary>Takes back what is queued.</summary>
    public void Forget()
    {
        _tail -= (uint)Count;
        Count = 0;
    }

    /// <summary>What became of the operation at a place, until the next one is queued.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Result(int place) => _results[place];

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _ = Libc.Unmap(_entries, _entriesLength);
            _ = Libc.Unmap(_rings, _ringsLength);
            _ = Libc.Close(_descriptor);
        }
    }

    private int Queue(uint operation, int descriptor, byte* buffer, int length, int flags)
    {
        Entry* entry = _entries + (_tail++ & _mask);
        *entry = default;
        entry->Operation = (byte)operation;
        entry->Descriptor = descriptor;
        entry->Address = (ulong)buffer;
        entry->Length = (uint)length;
        entry->OperationFlags = (uint)flags;
        entry->UserData = (ulong)Count;
        return Count++;
    }

    private int Reap()
    {
        uint head = *_completionHead;
        uint tail = Volatile.Read(ref *_completionTail);
        int count = (int)(tail - head);
        for (; head != tail; head++)
        {
            Completion* completion = _completions + (head & _completionMask);
            _results[(int)completion->UserData] = completion->Result;
        }

        Volatile.Write(ref *_completionHead, head);
        return count;
    }

    /// <summary>struct io_uring_sqe, 64 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct Entry
    {
        [FieldOffset(0)]
        public byte Operation;

        [FieldOffset(4)]
        public int Descriptor;

        [FieldOffset(16)]
        public ulong Address;

        [FieldOffset(24)]
        public uint Length;

        [FieldOffset(28)]
        public uint OperationFlags;

        [FieldOffset(32)]
        public ulong UserData;
    }

    /// <summary>struct io_uring_cqe.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Completion
    {
        public ulong UserData;
        public int Result;
        public uint Flags;
    }

    /// <summary>struct io_sqring_offsets.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SubmissionRingOffsets
    {
        public uint Head;
        public uint Tail;
        public uint Mask;
        public uint Entries;
        public uint Flags;
        public uint Dropped;
        public uint Array;
        public uint Reserved;
        public ulong UserAddress;
    }

    /// <summary>struct io_cqring_offsets.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CompletionRingOffsets
    {
        public uint Head;
        public uint Tail;
        public uint Mask;
        public uint Entries;
        public uint Overflow;
        public uint Completions;
        public uint Flags;
        public uint Reserved;
        public ulong UserAddress;
    }

    /// <summary>struct io_uring_params.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Parameters
    {
        public uint SubmissionEntries;
        public uint CompletionEntries;
        public uint Flags;
        public uint ThreadCpu;
        public uint ThreadIdle;
        public uint Features;
        public uint WorkQueueDescriptor;
        public uint Reserved0;
        public uint Reserved1;
        public uint Reserved2;
        public SubmissionRingOffsets SubmissionOffsets;
        public CompletionRingOffsets CompletionOffsets;
    }
}
