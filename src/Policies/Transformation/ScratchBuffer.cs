using System.Buffers;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// A growing byte buffer from the shared pool. A mutable value: its owner declares it, passes it by reference only, and disposes it once.
/// </summary>
internal struct ScratchBuffer
{
    private const int InitialSize = 512;

    private byte[]? _rented;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _rented.AsSpan(0, Length);

    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > (_rented?.Length ?? 0) - Length)
        {
            Grow(bytes.Length);
        }

        bytes.CopyTo(_rented.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
    }

    private void Grow(int more)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(Length * 2, InitialSize), Length + more));
        Written.CopyTo(larger);
        Dispose();
        _rented = larger;
    }
}
