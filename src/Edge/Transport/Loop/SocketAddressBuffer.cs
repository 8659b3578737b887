using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace VoltageSoda.Edge.Transport.Loop;

/// <summary>Native memory for one socket address, and its translation from and to end points. Not thread-safe.</summary>
internal sealed unsafe class SocketAddressBuffer : IDisposable
{
    /// <summary>sizeof(struct sockaddr_storage): room for every family.</summary>
    public const int Capacity = 128;

    private byte* _memory = (byte*)NativeMemory.AllocZeroed(Capacity + sizeof(int));

    public byte* Pointer => _memory;

    /// <summary>Points to the length, an in-and-out argument of accept4 and getsockname.</summary>
    public int* LengthPointer => (int*)(_memory + Capacity);

    public ReadOnlySpan<byte> Bytes => new(_memory, Math.Clamp(*LengthPointer, 0, Capacity));

    public void PrepareForKernel() => *LengthPointer = Capacity;

    public void Write(EndPoint endPoint)
    {
        SocketAddress address = endPoint.Serialize();
        address.Buffer.Span[..address.Size].CopyTo(new Span<byte>(_memory, Capacity));
        *LengthPointer = address.Size;
    }

    /// <summary>The end point in a kernel address; null where there is none, as with an unnamed Unix socket.</summary>
    public static EndPoint? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(ushort))
        {
            return null;
        }

        switch (MemoryMarshal.Read<ushort>(bytes))
        {
            case Libc.AddressFamilyInet when bytes.Length >= 16:
                return new IPEndPoint(new IPAddress(bytes.Slice(4, 4)), ReadPort(bytes));
            case Libc.AddressFamilyInet6 when bytes.Length >= 28:
                uint scope = MemoryMarshal.Read<uint>(bytes[24..]);
                return new IPEndPoint(new IPAddress(bytes.Slice(8, 16), scope), ReadPort(bytes));
            case Libc.AddressFamilyUnix when bytes.Length > 2:
                return new UnixDomainSocketEndPoint(ReadPath(bytes[2..]));
            default:
                return null;
        }
    }

    /// <summary>Reads the local address of a socket; false when the kernel refuses.</summary>
    public bool ReadSocketName(int descriptor)
    {
        PrepareForKernel();
        return Libc.GetSocketName(descriptor, Pointer, LengthPointer) == 0;
    }

    private static int ReadPort(ReadOnlySpan<byte> bytes) => (bytes[2] << 8) | bytes[3];

    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }

    private static string ReadPath(ReadOnlySpan<byte> bytes)
    {
        // An abstract name starts with a null byte and ends with the address; a path ends at the first.
        int end = bytes[0] == 0 ? -1 : bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
