using System.Buffers;

namespace VoltageSoda.Edge.Relay;

/// <summary>
/// The first bytes of a request body as they were sent, so that an idempotent request can be sent again. Holds a pooled array only while it
/// has something to keep; loop-thread only.
/// </summary>
internal sealed class ReplayBuffer
{
    private byte[]? _bytes;
    private int _length;
    private int _limit;

    /// <summary>Whether everything sent so far is kept.</summary>
    public bool IsComplete { get; private set; }

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Starts keeping up to <paramref name="limit"/> bytes; 0 keeps none.</summary>
    public void Begin(int limit)
    {
        _limit = limit;
        _length = 0;
        IsComplete = true;
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        if (!IsComplete)
        {
            return;
        }

        if (_length + data.Length > _limit)
        {
            Release();
            IsComplete = false;
            return;
        }

        if (_bytes is null || _bytes.Length < _length + data.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(_limit, Math.Max(4096, (_length + data.Length) * 2)));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            int kept = _length;
            Release();
            _bytes = larger;
            _length = kept;
        }

        data.CopyTo(_bytes.AsSpan(_length));
        _length += data.Length;
    }

    public void Release()
    {
        if (_bytes is { } bytes)
        {
            _bytes = null;
            ArrayPool<byte>.Shared.Return(bytes);
        }

        _length = 0;
    }
}
