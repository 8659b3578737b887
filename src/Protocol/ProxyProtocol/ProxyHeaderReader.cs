using System.Buffers;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.ProxyProtocol;

/// <summary>
/// Reads a PROXY protocol header, version 1 or 2, at the start of a connection (HAProxy's proxy-protocol.txt). Stateless, total; the
/// first wrong byte is enough to refuse, so that a client that speaks first is not waited for.
/// </summary>
public static class ProxyHeaderReader
{
    /// <summary>Longest header accepted, bytes.</summary>
    public const int MaxLength = 2048;

    /// <summary>
    /// Reads the header; bytes behind <paramref name="consumed"/> belong to the next layer. Incomplete consumes nothing. Refused means:
    /// close without an answer.
    /// </summary>
    public static ParseResult Read(in ReadOnlySequence<byte> input, out ProxyHeader header, out SequencePosition consumed)
    {
        consumed = input.Start;
        int length;
        ParseResult result;
        ReadOnlySpan<byte> first = input.FirstSpan;
        if (input.IsSingleSegment)
        {
            result = ReadSpan(first, out header, out length);
        }
        else
        {
            Span<byte> gathered = stackalloc byte[MaxLength];
            gathered = gathered[..(int)Math.Min(MaxLength, input.Length)];
            input.Slice(0, gathered.Length).CopyTo(gathered);
            result = ReadSpan(gathered, out header, out length);
        }

        if (result == ParseResult.Complete)
        {
            consumed = input.GetPosition(length);
        }

        return result;
    }

    private static ParseResult ReadSpan(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int length)
    {
        if (bytes.IsEmpty)
        {
            header = default;
            length = 0;
            return ParseResult.Incomplete;
        }

        return bytes[0] == ProxyHeaderV2.Signature[0]
            ? ProxyHeaderV2.Read(bytes, out header, out length)
            : ProxyHeaderV1.Read(bytes, out header, out length);
    }
}
