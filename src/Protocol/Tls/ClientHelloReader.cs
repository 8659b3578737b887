using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace VoltageSoda.Edge.Protocol.Tls;

/// <summary>
/// Looks at a ClientHello without consuming it (RFC 8446 sections 4.1.2 and 5.1, RFC 5246 section 7.4.1.2), also when it is cut into several
/// records. Checks only what it walks through; TLS itself judges the message. Stateless, thread-safe.
/// </summary>
public static class ClientHelloReader
{
    /// <summary>Longest message taken: a browser's with post-quantum key shares has about 2 KiB.</summary>
    public const int MaxLength = 32 * 1024;

    private const int RecordHeader = 5;
    private const int MaxRecord = 16 * 1024;
    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const int MessageHeader = 4;

    private const ushort ServerNameExtension = 0;
    private const ushort SignatureAlgorithmsExtension = 13;
    private const ushort SupportedVersionsExtension = 43;
    private const ushort Tls13 = 0x0304;

    private static readonly SearchValues<byte> Host = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"u8);

    /// <summary>Reads from the first byte of a connection.</summary>
    public static ClientHelloResult Read(in ReadOnlySequence<byte> input, out ClientHello hello)
    {
        hello = default;
        if (input.IsEmpty)
        {
            return ClientHelloResult.Incomplete;
        }

        byte first = input.FirstSpan[0];
        if (first != HandshakeRecord)
        {
            return first is >= (byte)'A' and <= (byte)'Z' or >= (byte)'a' and <= (byte)'z' ? ClientHelloResult.PlainHttp : ClientHelloResult.NotTls;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(MaxLength);
        try
        {
            ClientHelloResult result = Gather(input, rented, out int length);
            return result != ClientHelloResult.Complete ? result
                : Parse(rented.AsSpan(MessageHeader, length - MessageHeader), out hello) ? ClientHelloResult.Complete
                : ClientHelloResult.NotTls;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // Joins the payloads of the records that make up the message.
    private static ClientHelloResult Gather(in ReadOnlySequence<byte> input, Span<byte> message, out int length)
    {
        Span<byte> header = stackalloc byte[RecordHeader];
        SequenceReader<byte> reader = new(input);
        int wanted = MessageHeader;
        length = 0;
        while (length < wanted)
        {
            bool whole = reader.Remaining >= RecordHeader;
            if (!reader.TryCopyTo(header[..(int)Math.Min(reader.Remaining, RecordHeader)]))
            {
                return ClientHelloResult.Incomplete;
            }

            if (reader.Remaining > 0 && (header[0] != HandshakeRecord || (reader.Remaining > 1 && header[1] != 3)))
            {
                return ClientHelloResult.NotTls;
            }

            if (!whole)
            {
                return ClientHelloResult.Incomplete;
            }

            int payload = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
            if (payload is 0 or > MaxRecord)
            {
                return ClientHelloResult.NotTls;
            }

            reader.Advance(RecordHeader);
            int available = (int)Math.Min(payload, reader.Remaining);
            if (length + available > MaxLength)
            {
                return ClientHelloResult.TooLarge;
            }

            reader.TryCopyTo(message.Slice(length, available));
            reader.Advance(available);
            length += available;
            if (length >= 1 && message[0] != ClientHelloMessage)
            {
                return ClientHelloResult.NotTls;
            }

            if (length >= MessageHeader)
            {
                wanted = MessageHeader + ((message[1] << 16) | BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
                if (wanted > MaxLength)
                {
                    return ClientHelloResult.TooLarge;
                }
            }

            if (available < payload && length < wanted)
            {
                return ClientHelloResult.Incomplete;
            }
        }

        length = wanted;
        return ClientHelloResult.Complete;
    }

    private static bool Parse(ReadOnlySpan<byte> body, out ClientHello hello)
    {
        hello = default;

        // Version and random.
        if (!TrySkip(ref body, 34) || !TryVector8(ref body, out _) || !TryVector16(ref body, out ReadOnlySpan<byte> suites) || !TryVector8(ref body, out _))
        {
            return false;
        }

        string? name = null;
        bool tls13 = false;
        bool schemes = false;
        if (!body.IsEmpty)
        {
            if (!TryVector16(ref body, out ReadOnlySpan<byte> extensions))
            {
                return false;
            }

            while (!extensions.IsEmpty)
            {
                if (!TryUInt16(ref extensions, out ushort type) || !TryVector16(ref extensions, out ReadOnlySpan<byte> data))
                {
                    return false;
                }

                switch (type)
                {
                    case ServerNameExtension:
                        name = ReadServerName(data);
                        break;
                    case SignatureAlgorithmsExtension:
                        schemes = TryVector16(ref data, out ReadOnlySpan<byte> offered) && AnyEcdsaScheme(offered);
                        break;
                    case SupportedVersionsExtension:
                        tls13 = TryVector8(ref data, out ReadOnlySpan<byte> versions) && Contains(versions, Tls13);
                        break;
                }
            }
        }

        hello = new ClientHello { ServerName = name, OffersTls13 = tls13, AcceptsEcdsa = schemes && (tls13 || AnyEcdsaSuite(suites)) };
        return true;
    }

    private static string? ReadServerName(ReadOnlySpan<byte> data)
    {
        if (!TryVector16(ref data, out ReadOnlySpan<byte> names))
        {
            return null;
        }

        while (!names.IsEmpty)
        {
            byte type = names[0];
            names = names[1..];
            if (!TryVector16(ref names, out ReadOnlySpan<byte> name))
            {
                return null;
            }

            if (type == 0)
            {
                name = name.TrimEnd((byte)'.');
                return name.Length is 0 or > 253 || name.ContainsAnyExcept(Host) ? null : Encoding.ASCII.GetString(name).ToLowerInvariant();
            }
        }

        return null;
    }

    // ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512; in TLS 1.2 the same numbers name SHA-2 with any curve.
    private static bool AnyEcdsaScheme(ReadOnlySpan<byte> offered) =>
        Contains(offered, 0x0403) || Contains(offered, 0x0503) || Contains(offered, 0x0603);

    // ECDHE-ECDSA with AES-128-GCM, AES-256-GCM and ChaCha20-Poly1305.
    private static bool AnyEcdsaSuite(ReadOnlySpan<byte> suites) => Contains(suites, 0xC02B) || Contains(suites, 0xC02C) || Contains(suites, 0xCCA9);

    private static bool Contains(ReadOnlySpan<byte> values, ushort wanted)
    {
        while (TryUInt16(ref values, out ushort value))
        {
            if (value == wanted)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryUInt16(ref ReadOnlySpan<byte> bytes, out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(bytes, out value))
        {
            return false;
        }

        bytes = bytes[2..];
        return true;
    }

    private static bool TryVector8(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        return !bytes.IsEmpty && TryTake(ref bytes, 1, bytes[0], out vector);
    }

    private static bool TryVector16(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> vector)
    {
        vector = default;
        return BinaryPrimitives.TryReadUInt16BigEndian(bytes, out ushort length) && TryTake(ref bytes, 2, length, out vector);
    }

    private static bool TryTake(ref ReadOnlySpan<byte> bytes, int prefix, int length, out ReadOnlySpan<byte> vector)
    {
        if (bytes.Length - prefix < length)
        {
            vector = default;
            return false;
        }

        vector = bytes.Slice(prefix, length);
        bytes = bytes[(prefix + length)..];
        return true;
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length < count)
        {
            return false;
        }

        bytes = bytes[count..];
        return true;
    }
}
