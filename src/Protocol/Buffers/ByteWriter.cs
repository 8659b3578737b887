using System.Buffers;

namespace VoltageSoda.Edge.Protocol.Buffers;

/// <summary>
/// Appends bytes to an <see cref="IBufferWriter{T}"/>, all or nothing: nothing is advanced before <see cref="Commit"/>. When the span it
/// was given is too small it goes on in a pooled array. Use on the stack only; call Commit or Discard exactly once.
/// </summary>
public ref struct ByteWriter
{
    public ByteWriter(IBufferWriter<byte> output, int sizeHint = 1024) => throw new NotImplementedException();

    /// <summary>Bytes written and not committed.</summary>
    public readonly int Written => throw new NotImplementedException();

    public void Write(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    public void WriteByte(byte value) => throw new NotImplementedException();

    /// <summary>Writes a non-negative number in decimal digits.</summary>
    public void WriteDecimal(long value) => throw new NotImplementedException();

    /// <summary>Gives room for <paramref name="length"/> bytes that the caller fills before <see cref="Advance"/>.</summary>
    public Span<byte> GetSpan(int length) => throw new NotImplementedException();

    public void Advance(int count) => throw new NotImplementedException();

    /// <summary>Hands everything written to the output.</summary>
    public void Commit() => throw new NotImplementedException();

    /// <summary>Forgets everything written.</summary>
    public void Discard() => throw new NotImplementedException();
}
