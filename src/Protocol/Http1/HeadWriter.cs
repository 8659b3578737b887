using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Serialises one HTTP/1.1 head: a start line, any number of <see cref="Fields"/> and <c>Field</c> calls, then <see cref="End"/>.
/// Whatever is not from a parser is checked; one bad name or value makes <see cref="End"/> refuse and leaves the output untouched.
/// Use on the stack only.
/// </summary>
public ref struct HeadWriter
{
    /// <summary>Starts a head of about <paramref name="sizeHint"/> bytes: <see cref="Estimate"/> plus what is added between.</summary>
    public HeadWriter(IBufferWriter<byte> output, int sizeHint) => throw new NotImplementedException();

    /// <summary>Upper bound of what <see cref="Fields"/> writes for these fields.</summary>
    public static int Estimate(HeaderBlock headers) => throw new NotImplementedException();

    /// <summary>Writes <c>METHOD target HTTP/1.1</c>. The target must be visible ASCII.</summary>
    public void RequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target) => throw new NotImplementedException();

    /// <summary>As the other overload, with the target in two parts (path, query with its <c>?</c>).</summary>
    public void RequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, ReadOnlySpan<byte> query) => throw new NotImplementedException();

    /// <summary>Writes <c>HTTP/1.1 status reason</c> with our own reason phrase.</summary>
    public void StatusLine(int status) => throw new NotImplementedException();

    /// <summary>Writes every live field in order.</summary>
    public void Fields(HeaderBlock headers) => throw new NotImplementedException();

    public void Field(KnownHeader name, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    public void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    public void Field(KnownHeader name, long value) => throw new NotImplementedException();

    public void Field(ReadOnlySpan<byte> name, long value) => throw new NotImplementedException();

    /// <summary>Ends the head and commits it; or commits nothing and says why.</summary>
    public WireError End() => throw new NotImplementedException();
}
