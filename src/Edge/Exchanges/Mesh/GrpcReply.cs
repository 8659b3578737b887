using System.Buffers;
using System.Buffers.Text;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Exchanges.Mesh;

/// <summary>Local answers to gRPC requests: 200 with the outcome in fields (<c>envoy: source/common/grpc/status.cc</c>, gRPC over HTTP/2). Pure.</summary>
internal static class GrpcReply
{
    // gRPC: printable ASCII without the per cent sign stands for itself.
    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        " !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>Whether a request is gRPC's: <c>application/grpc</c>, alone or before <c>+</c>.</summary>
    public static bool IsGrpc(HeaderBlock headers)
    {
        ReadOnlySpan<byte> type = headers.FirstValue(KnownHeader.ContentType);
        ReadOnlySpan<byte> name = "application/grpc"u8;
        return type.StartsWith(name) && (type.Length == name.Length || type[name.Length] == '+');
    }

    /// <summary>The status among the fields of a head, -1 without; one in trailers is not seen.</summary>
    public static int StatusIn(HeaderBlock headers)
    {
        ReadOnlySpan<byte> value = headers.FirstValue(KnownHeader.GrpcStatus);
        return !value.IsEmpty && Utf8Parser.TryParse(value, out int status, out int used) && used == value.Length && status >= 0 ? status : -1;
    }

    /// <summary>Writes a timeout as gRPC has it, at most eight digits and a unit, rounded down (<c>envoy: source/common/grpc/common.cc</c>).</summary>
    /// <param name="milliseconds">The time, 1 or more.</param>
    /// <param name="destination">At least 9 bytes.</param>
    /// <returns>Bytes written.</returns>
    public static int WriteTimeout(long milliseconds, Span<byte> destination)
    {
        const long Largest = 99_999_999;
        (long value, byte unit) = milliseconds switch
        {
            <= Largest => (milliseconds, (byte)'m'),
            <= (Largest * 1000) + 999 => (milliseconds / 1000, (byte)'S'),
            <= (Largest * 60_000) + 59_999 => (milliseconds / 60_000, (byte)'M'),
            _ => (Math.Min(Largest, milliseconds / 3_600_000), (byte)'H'),
        };
        Utf8Formatter.TryFormat(value, destination, out int length);
        destination[length] = unit;
        return length + 1;
    }

    /// <summary>The status for an answer over HTTP.</summary>
    public static int StatusOf(int httpStatus) => httpStatus switch
    {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 or 502 or 503 or 504 => 14,
        _ => 2,
    };

    /// <summary>The answer over HTTP for a status.</summary>
    public static int HttpStatusOf(int grpcStatus) => grpcStatus switch
    {
        0 => 200,
        1 => 499,
        3 or 9 or 11 => 400,
        4 => 504,
        5 => 404,
        6 or 10 => 409,
        7 => 403,
        8 => 429,
        12 => 501,
        14 => 503,
        16 => 401,
        _ => 500,
    };

    /// <summary>Writes a message percent-encoded.</summary>
    public static void WriteMessage(ReadOnlySpan<byte> message, IBufferWriter<byte> output)
    {
        foreach (byte value in message)
        {
            if (Plain.Contains(value))
            {
                Span<byte> one = output.GetSpan(1);
                one[0] = value;
                output.Advance(1);
                continue;
            }

            Span<byte> three = output.GetSpan(3);
            three[0] = (byte)'%';
            three[1] = Hex(value >> 4);
            three[2] = Hex(value & 15);
            output.Advance(3);
        }
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
}
