using System.Text;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.WebSocket;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// What a syntactically sound request head means, judged in a fixed order once all its bytes are in the block: host, framing, repeated
/// singletons, connection options, expectation, method. Stateless.
/// </summary>
internal static class RequestSemantics
{
    private static readonly ulong Singletons =
        HeaderBlock.Bit(KnownHeader.Authorization) | HeaderBlock.Bit(KnownHeader.ContentType) | HeaderBlock.Bit(KnownHeader.Upgrade)
        | HeaderBlock.Bit(KnownHeader.SecWebSocketKey) | HeaderBlock.Bit(KnownHeader.SecWebSocketVersion)
        | HeaderBlock.Bit(KnownHeader.Http2Settings);

    public static WireError Judge(RequestHead head, RequestRules rules)
    {
        HeaderBlock headers = head.Headers;
        WireError error = JudgeHost(head, rules);
        if (error != WireError.None)
        {
            return error;
        }

        error = FramingRules.ForRequest(headers, head.Version, out BodyFraming framing);
        if (error != WireError.None)
        {
            return error;
        }

        head.Framing = framing;
        if ((headers.RepeatedLow & Singletons) != 0)
        {
            return WireError.DuplicateSingleton;
        }

        if (!ConnectionOptions.TryRead(headers, out ConnectionOptions options))
        {
            return WireError.BadHeaderValue;
        }

        head.KeepAlive = options.Persists(head.Version);
        head.AcceptsTrailers = ListsTrailers(headers);
        head.IsWebSocketUpgrade = options.Upgrade && UpgradeHandshake.IsRequested(head);
        error = JudgeExpectation(head);
        return error != WireError.None ? error : head.Method == KnownMethod.Trace ? WireError.TraceRefused : WireError.None;
    }

    private static WireError JudgeHost(RequestHead head, RequestRules rules)
    {
        HeaderBlock headers = head.Headers;
        int host = headers.IndexOf(KnownHeader.Host);
        if (host < 0)
        {
            if (head.Version == HttpVersion.Http11)
            {
                return WireError.HostMissing;
            }

            if (!rules.AllowHostlessHttp10)
            {
                return WireError.HostlessOldClient;
            }
        }
        else if ((headers.RepeatedLow & HeaderBlock.Bit(KnownHeader.Host)) != 0)
        {
            return WireError.HostDuplicate;
        }
        else if (!FieldSyntax.IsAuthority(headers.Value(host)))
        {
            return WireError.HostInvalid;
        }

        if (head.IsAbsoluteForm)
        {
            TakeAuthority(head, host);
        }
        else if (host >= 0)
        {
            ref readonly HeaderField field = ref headers.Field(host);
            head.AuthorityStart = field.ValueStart;
            head.AuthorityLength = field.ValueLength;
        }
        else
        {
            head.AuthorityStart = 0;
            head.AuthorityLength = 0;
        }

        if (head.TargetNeedsEncoding || head.IsAbsoluteForm)
        {
            RewriteTarget(head);
        }

        return WireError.None;
    }

    // RFC 9112 section 3.2.2: the authority of the target replaces Host, which was read only to be judged.
    private static void TakeAuthority(RequestHead head, int host)
    {
        if (host < 0)
        {
            head.Headers.Add(KnownHeader.Host, head.Authority);
        }
        else
        {
            head.Headers.Normalise(host, head.Authority);
        }
    }

    // The target that leaves: always origin-form with a path, or "*", and always visible ASCII.
    private static void RewriteTarget(RequestHead head)
    {
        HeaderBlock headers = head.Headers;
        ReadOnlySpan<byte> path = head.Path;
        ReadOnlySpan<byte> query = head.Query;
        ReadOnlySpan<byte> root = head.IsAsterisk ? "*"u8 : path.IsEmpty ? "/"u8 : default;
        int length = root.Length + path.Length + query.Length + (2 * CountHigh(path)) + (2 * CountHigh(query));

        // Room first: it may move the block that the spans above point into, so they are taken again.
        Span<byte> room = headers.GetSpan(length);
        int start = headers.Bytes.Length;
        root.CopyTo(room);
        int pathLength = root.Length + Encode(head.Path, room[root.Length..]);
        int targetLength = pathLength + Encode(head.Query, room[pathLength..]);
        headers.Advance(targetLength);
        head.TargetStart = start;
        head.TargetLength = targetLength;
        head.PathLength = pathLength;
    }

    private static int CountHigh(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        foreach (byte value in bytes)
        {
            count += value >> 7;
        }

        return count;
    }

    private static int Encode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int written = 0;
        foreach (byte value in source)
        {
            if (value < 0x80)
            {
                destination[written++] = value;
            }
            else
            {
                written += HexDigits.WriteTriplet(destination[written..], value);
            }
        }

        return written;
    }

    private static bool ListsTrailers(HeaderBlock headers)
    {
        for (int i = headers.IndexOf(KnownHeader.TE); i >= 0; i = headers.NextSame(i))
        {
            if (FieldSyntax.ListContains(headers.Value(i), "trailers"u8))
            {
                return true;
            }
        }

        return false;
    }

    // RFC 9110 section 10.1.1: an expectation in HTTP/1.0 is ignored, one that we do not know is not.
    private static WireError JudgeExpectation(RequestHead head)
    {
        HeaderBlock headers = head.Headers;
        for (int i = headers.IndexOf(KnownHeader.Expect); i >= 0; i = headers.NextSame(i))
        {
            if (!Ascii.EqualsIgnoreCase(headers.Value(i), "100-continue"u8))
            {
                return WireError.ExpectationUnknown;
            }

            head.ExpectContinue = head.Version == HttpVersion.Http11;
        }

        return WireError.None;
    }
}
