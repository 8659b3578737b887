using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Reads the request line (RFC 9112 section 3). The verdict is the first one from left to right: method, length of the line, line end,
/// target, version. Stateless; positions go into the head and count from the first byte of the line.
/// </summary>
internal static class RequestLineReader
{
    private const int LongestMethod = 64;
    private const int VersionLength = 8;

    // " HTTP/1.1\r\n"
    private const int LineTail = 11;
    private const ulong Version11LittleEndian = 0x312e_312f_5054_5448;
    private const ushort CrLfLittleEndian = 0x0a0d;

    public static ParseResult Read(ReadOnlySpan<byte> bytes, RequestHead head, RequestRules rules, out WireError error)
    {
        error = WireError.None;
        if (head.Progress.Scanned == 0 && BitConverter.IsLittleEndian && TryReadPlain(bytes, head, rules.Limits))
        {
            return ParseResult.Complete;
        }

        ParseResult result = head.MethodLength > 0 ? ParseResult.Complete : ReadMethod(bytes, head, out error);
        if (result != ParseResult.Complete)
        {
            head.Progress.Scanned = Math.Max(head.Progress.Scanned, Math.Min(bytes.Length, LongestMethod));
            return result;
        }

        // A method has no line feed, so what it covers is scanned.
        head.Progress.Scanned = Math.Max(head.Progress.Scanned, head.MethodLength);
        result = LineScanner.Find(bytes, ref head.Progress, rules.Limits.StartLine, out int length, out bool badEnd);
        if (result != ParseResult.Complete)
        {
            error = result == ParseResult.Incomplete ? WireError.None : badEnd ? WireError.BadLineEnd : WireError.RequestLineTooLong;
            return result;
        }

        ReadOnlySpan<byte> line = bytes[..length];
        error = line.Contains((byte)'\r') ? WireError.BadLineEnd : Judge(line, head, rules);
        if (error != WireError.None)
        {
            return ParseResult.Refused;
        }

        Finish(head, rules.Limits, length);
        return ParseResult.Complete;
    }

    private static void Finish(RequestHead head, in HeadLimits limits, int length)
    {
        head.Progress.Phase = HeadPhase.Fields;
        head.Progress.LineStart = head.Progress.Scanned = length + 2;
        head.Progress.Counted = limits.TotalIncludesStartLine ? length + 2 : 0;
    }

    // METHOD /plain-target HTTP/1.1, which is nearly every request, with one pass over the target.
    private static bool TryReadPlain(ReadOnlySpan<byte> bytes, RequestHead head, in HeadLimits limits)
    {
        if (bytes.Length < LineTail + 5)
        {
            return false;
        }

        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int methodLength = KnownMethodLength(Unsafe.ReadUnaligned<ulong>(ref first), out KnownMethod method);
        if (methodLength == 0 || Unsafe.Add(ref first, methodLength + 1) != '/')
        {
            return false;
        }

        int start = methodLength + 1;
        int end = ByteScan.EndOfPlainTarget(bytes, start, out int question);
        if (bytes.Length - end < LineTail
            || Unsafe.Add(ref first, end) != ' '
            || Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, end + 1)) != Version11LittleEndian
            || Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref first, end + 1 + VersionLength)) != CrLfLittleEndian
            || end + 1 + VersionLength > limits.StartLine)
        {
            return false;
        }

        head.Method = method;
        head.MethodLength = methodLength;
        head.TargetStart = start;
        head.TargetLength = end - start;
        head.PathLength = (question < 0 ? end : question) - start;
        head.Version = HttpVersion.Http11;
        Finish(head, limits, end + 1 + VersionLength);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int KnownMethodLength(ulong start, out KnownMethod method)
    {
        const uint Get = 0x2054_4547;
        const uint Put = 0x2054_5550;
        const ulong Post = 0x20_5453_4f50;
        const ulong Head = 0x20_4441_4548;
        const ulong Patch = 0x2048_4354_4150;
        const ulong Delete = 0x20_4554_454c_4544;
        const ulong Options = 0x2053_4e4f_4954_504f;
        if ((uint)start == Get)
        {
            method = KnownMethod.Get;
            return 3;
        }

        ulong five = start & 0xff_ffff_ffff;
        if (five == Post)
        {
            method = KnownMethod.Post;
            return 4;
        }

        method = (uint)start == Put ? KnownMethod.Put
            : five == Head ? KnownMethod.Head
            : (start & 0xffff_ffff_ffff) == Patch ? KnownMethod.Patch
            : (start & 0xff_ffff_ffff_ffff) == Delete ? KnownMethod.Delete
            : start == Options ? KnownMethod.Options
            : KnownMethod.Other;
        return method == KnownMethod.Other ? 0 : KnownMethods.Name(method).Length;
    }

    // Decided on the first bytes alone, so that a TLS hello or other binary is refused without waiting for a line.
    private static ParseResult ReadMethod(ReadOnlySpan<byte> bytes, RequestHead head, out WireError error)
    {
        error = WireError.None;
        ReadOnlySpan<byte> start = bytes[..Math.Min(bytes.Length, LongestMethod + 1)];
        int length = start.IndexOfAnyExcept(FieldSyntax.TokenBytes);
        if (length < 0)
        {
            error = start.Length > LongestMethod ? WireError.MethodTooLong : WireError.None;
            return error == WireError.None ? ParseResult.Incomplete : ParseResult.Refused;
        }

        byte stop = start[length];
        if (stop == ' ' && length > 0)
        {
            head.MethodLength = length;
            head.Method = KnownMethods.Classify(start[..length]);
            return ParseResult.Complete;
        }

        if (stop == '\r' && length > 0 && length + 1 == bytes.Length)
        {
            return ParseResult.Incomplete;
        }

        bool isLineEnd = stop == '\n' || (stop == '\r' && (length + 1 >= bytes.Length || bytes[length + 1] != '\n'));
        error = isLineEnd ? WireError.BadLineEnd : WireError.BadMethod;
        return ParseResult.Refused;
    }

    private static WireError Judge(ReadOnlySpan<byte> line, RequestHead head, RequestRules rules)
    {
        if (line.SequenceEqual("PRI * HTTP/2.0"u8))
        {
            return WireError.Http2Preface;
        }

        if (head.Method == KnownMethod.Connect)
        {
            return WireError.ConnectRefused;
        }

        int start = head.MethodLength + 1;
        int targetLength = line[start..].IndexOf((byte)' ');
        ReadOnlySpan<byte> target = targetLength < 0 ? line[start..] : line.Slice(start, targetLength);
        WireError error = RequestTarget.Parse(target, head.Method, out RequestTarget parsed);
        if (error == WireError.None && parsed.Scheme != UriScheme.None && rules.Scheme != UriScheme.None && parsed.Scheme != rules.Scheme)
        {
            error = WireError.SchemeMismatch;
        }

        if (error == WireError.None)
        {
            error = targetLength < 0 ? WireError.BadVersion : ReadVersion(line[(start + targetLength + 1)..], head);
        }

        if (error != WireError.None)
        {
            return error;
        }

        head.Scheme = parsed.Scheme;
        head.IsAsterisk = parsed.IsAsterisk;
        head.AuthorityStart = start + parsed.AuthorityStart;
        head.AuthorityLength = parsed.AuthorityLength;
        head.TargetStart = start + parsed.PathStart;
        head.TargetLength = targetLength - parsed.PathStart;
        head.TargetNeedsEncoding = parsed.NeedsEncoding;
        int question = target[parsed.PathStart..].IndexOf((byte)'?');
        head.PathLength = question < 0 ? head.TargetLength : question;
        return WireError.None;
    }

    private static WireError ReadVersion(ReadOnlySpan<byte> version, RequestHead head)
    {
        if (version.SequenceEqual("HTTP/1.1"u8))
        {
            head.Version = HttpVersion.Http11;
            return WireError.None;
        }

        if (version.SequenceEqual("HTTP/1.0"u8))
        {
            head.Version = HttpVersion.Http10;
            return WireError.None;
        }

        return version.Length == VersionLength && version.StartsWith("HTTP/"u8) && version[6] == '.'
            && char.IsAsciiDigit((char)version[5]) && char.IsAsciiDigit((char)version[7])
            ? WireError.UnsupportedVersion
            : WireError.BadVersion;
    }
}
