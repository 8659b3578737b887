using System.Buffers.Text;
using System.Text;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Where a body ends (RFC 9112 section 6). Stricter than the RFC allows where two readers could disagree: anything but one plain
/// Content-Length or one plain <c>chunked</c> is refused. Stateless.
/// </summary>
internal static class FramingRules
{
    private const int LongestLength = 19;

    private static readonly ulong FramingFields = HeaderBlock.Bit(KnownHeader.ContentLength) | HeaderBlock.Bit(KnownHeader.TransferEncoding);

    /// <summary>Without either field a request has no body, whatever its method.</summary>
    public static WireError ForRequest(HeaderBlock headers, HttpVersion version, out BodyFraming framing)
    {
        framing = BodyFraming.None;
        return (headers.PresentLow & FramingFields) == 0 ? WireError.None : FromFields(headers, version, out framing);
    }

    /// <summary>
    /// A response without body keeps at most a Content-Length that describes what a GET would have brought; without either field a body
    /// lasts until the connection closes.
    /// </summary>
    public static WireError ForResponse(HeaderBlock headers, HttpVersion version, int status, KnownMethod requestMethod, out BodyFraming framing)
    {
        if (status is < 200 or 204 or 304 || requestMethod == KnownMethod.Head)
        {
            framing = BodyFraming.None;
            return Bodiless(headers, status);
        }

        framing = BodyFraming.UntilClose;
        return (headers.PresentLow & FramingFields) == 0 ? WireError.None : FromFields(headers, version, out framing);
    }

    private static WireError Bodiless(HeaderBlock headers, int status)
    {
        headers.Remove(KnownHeader.TransferEncoding);
        if (!headers.Contains(KnownHeader.ContentLength))
        {
            return WireError.None;
        }

        WireError error = ReadContentLength(headers, out _);
        if (error == WireError.None && status is < 200 or 204)
        {
            // RFC 9110 section 8.6: must not be sent with these.
            headers.Remove(KnownHeader.ContentLength);
        }

        return error;
    }

    private static WireError FromFields(HeaderBlock headers, HttpVersion version, out BodyFraming framing)
    {
        framing = BodyFraming.None;
        if (!headers.Contains(KnownHeader.TransferEncoding))
        {
            WireError error = ReadContentLength(headers, out long length);
            framing = BodyFraming.Counted(length);
            return error;
        }

        if (headers.Contains(KnownHeader.ContentLength))
        {
            return WireError.TransferEncodingAndContentLength;
        }

        if (version == HttpVersion.Http10)
        {
            return WireError.TransferEncodingInOldVersion;
        }

        int index = headers.IndexOf(KnownHeader.TransferEncoding);
        if (Ascii.EqualsIgnoreCase(headers.Value(index), "chunked"u8) && headers.NextSame(index) < 0)
        {
            framing = BodyFraming.Chunked;
            return WireError.None;
        }

        return JudgeCodings(headers);
    }

    // Several lines are one list. "gzip, chunked" is understood and not served; everything else has no meaning at all.
    private static WireError JudgeCodings(HeaderBlock headers)
    {
        bool ended = false;
        for (int i = headers.IndexOf(KnownHeader.TransferEncoding); i >= 0; i = headers.NextSame(i))
        {
            ReadOnlySpan<byte> list = headers.Value(i);
            do
            {
                bool more = list.Contains((byte)',');
                ReadOnlySpan<byte> coding = FieldSyntax.NextElement(ref list);
                if (ended || !FieldSyntax.IsToken(coding) || (more && list.IsEmpty))
                {
                    return WireError.TransferEncodingInvalid;
                }

                ended = Ascii.EqualsIgnoreCase(coding, "chunked"u8);
            }
            while (!list.IsEmpty);
        }

        return ended ? WireError.TransferEncodingUnknown : WireError.TransferEncodingInvalid;
    }

    private static WireError ReadContentLength(HeaderBlock headers, out long length)
    {
        length = 0;
        int index = headers.IndexOf(KnownHeader.ContentLength);
        if (headers.NextSame(index) >= 0)
        {
            return WireError.ContentLengthDuplicate;
        }

        ReadOnlySpan<byte> value = headers.Value(index);
        if (value.Length is 0 or > LongestLength || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || !Utf8Parser.TryParse(value, out length, out int used) || used != value.Length)
        {
            length = 0;
            return WireError.ContentLengthInvalid;
        }

        if (value[0] == '0' && value.Length > 1)
        {
            // Forwarded without leading zeros: some readers take them for octal.
            Span<byte> digits = stackalloc byte[LongestLength];
            Utf8Formatter.TryFormat(length, digits, out int written);
            headers.Normalise(index, digits[..written]);
        }

        return WireError.None;
    }
}
