using System.Text;

namespace VoltageSoda.Edge.Protocol.Tests.Fuzz;

/// <summary>Messages made of well-formed and of attack pieces, then damaged byte by byte.</summary>
internal static class FuzzInputs
{
    private static readonly string[] Methods = ["GET", "GET", "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PRI", "M-SEARCH", "get", new string('M', 64), new string('M', 65)];

    private static readonly string[] Targets =
    [
        "/", "/", "/", "/a/b?c=d", "/a?b?c", "/?", "/%41%2f%2E", "/%", "/%0", "/%00", "/\u00e9?\u00ff", "/a#b", "*", "http://b/x", "HTTP://b:80?q", "https://b",
        "http://", "http://u@b/", "http://[::1]:8/x", "http://[::1", "//x", "x", "?x", "b:80", "/a b", "", "http:b", "http://b:0/", "/\"<>\\^`{|}~", "/" + new string('x', 40),
    ];

    private static readonly string[] Versions = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.0", "HTTP/2.0", "HTTP/1.10", "http/1.1", "HTTP/1.1 ", "", "HTTP/0.9"];

    private static readonly string[] Hosts =
    [
        "Host: a", "Host: a", "Host: a", "Host: a", "host:a.example:8000", "Host:  [2001:db8::1]:80 ", "HOST: [::1]", "Host: ", "Host: a b", "Host: a,b", "Host: u@a", "Host: a:0",
        "Host: a:65536", "Host: a%41", "Host: a%00", "Host: a%zz", "Host: [1::2::3]", "Host: [::ffff:1.2.3.4]", "Host: a:", "Host: \u00e9", "Host: a/b", "Host: [::1]x",
    ];

    private static readonly string[] Fields =
    [
        "Accept: */*", "User-Agent: fuzz/1.0 (x; y) z", "Accept-Encoding:gzip, br", "Cookie: a=b; c=d", "X-Own: value", "x-own:  other \t", "X-Empty:", "X-Blank: \t ",
        "Connection: keep-alive", "Connection: close", "Connection: Upgrade", "Connection: x,, close ,y", "Connection: keep-alive, Upgrade", "Connection: Content-Length, Host",
        "Content-Length: 5", "Content-Length: 0", "Content-Length: 005", "Content-Length: 9223372036854775807", "Content-Length: 9223372036854775808", "Content-Length: 5, 5",
        "Content-Length: +5", "Content-Length:", "Content-Length : 5", "Content-Length: 0x5", "Content_Length: 5", "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked", "Transfer-Encoding: Chunked ", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: gzip", "Transfer-Encoding: identity", "Transfer-Encoding:", "Transfer-Encoding: \"chunked\"", "Transfer_Encoding: chunked", "Transfer-Encoding: chunked;x",
        "TE: trailers", "TE: gzip;q=1, trailers", "Trailer: X-Sum", "Expect: 100-continue", "Expect: 100-Continue", "Expect: other", "Upgrade: websocket", "Upgrade: h2c",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: short", "HTTP2-Settings: AAMAAABk",
        "Authorization: Bearer x", "Content-Type: text/plain", "X_Forwarded_For: 1.2.3.4", "X-Forwarded-For: 1.2.3.4", "My_Name: x", "X_Real_IP: 1",
        "Access-Control-Request-Private-Network: true", "A-Name-Of-More-Than-Thirty-Two-Bytes-In-All: x", "X-Eight: \u00e9\u0080\u00ff", "NoColon", ": empty", " folded", "\tfolded",
        "X : space", "X\t: tab", "X-Long: " + "0123456789012345678901234567890123456789012345678901234567890123456789", "X-Control: a\u0001b", "X-Nul: a\0b", "X-Del: a\u007fb",
    ];

    private static readonly string[] LineEnds = ["\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n", "\r\n ", "\r\n\t"];

    private static readonly string[] StatusLines =
    [
        "HTTP/1.1 200 OK", "HTTP/1.1 200 OK", "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 200 OK", "HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified", "HTTP/1.1 100 Continue",
        "HTTP/1.1 101 Switching Protocols", "HTTP/1.1 103 Early Hints", "HTTP/1.1 404 \u00e9 \t", "HTTP/1.1 600 X", "HTTP/1.1 099 X", "HTTP/1.1 2000", "HTTP/1.1 20", "HTTP/1.1  200 OK",
        "HTTP/1.2 200 OK", "HTTP/2 200", "http/1.1 200 OK", "ICY 200 OK", "HTTP/1.1 200OK", "HTTP/1.1 200\tOK", "",
    ];

    private static readonly string[] SizeLines =
    [
        "5", "5", "1", "a", "A", "05", "0000000000000005", "00000000000000005", "5;x", "5 ;x=y", "5;x=\"a;\\\"b\"", "5;x=\"open", "5 ", "5\t", "5 x", "0x5", "+5", "-1", "", ";", "g", "5;\u00e9",
        "5;\"\u00e9\"", "5;\u0001", "7fffffffffffffff", "8000000000000000", "ffffffffffffffff", "5;" + "0123456789012345678901234567890123456789012345678901234567890123456789", "5;\"\\",
    ];

    private static readonly char[] Bytes =
    [
        '\r', '\n', '\0', ' ', '\t', ':', ',', ';', '"', '\\', '%', '#', '?', '/', '.', '-', '_', '0', '1', '5', 'a', 'A', 'f', 'x', 'H', '\u000b', '\u000c', '\u001f', '\u007f', '\u0080', '\u0085', '\u00a0', '\u00ff',
        '[', ']', '@', '(', '{', '=', '+',
    ];

    public static string Request(ref FuzzRandom random)
    {
        StringBuilder text = new();
        for (int i = random.OneIn(8) ? random.Below(4) : 0; i > 0; i--)
        {
            text.Append(Mostly(LineEnds, 1, ref random));
        }

        text.Append(Mostly(Methods, 8, ref random)).Append(' ').Append(Mostly(Targets, 8, ref random)).Append(' ').Append(Mostly(Versions, 7, ref random)).Append("\r\n");
        int fields = random.Below(7);
        int host = random.OneIn(12) ? -1 : random.Below(fields + 1);
        for (int i = 0; i <= fields; i++)
        {
            if (i == host)
            {
                text.Append(Mostly(Hosts, 7, ref random)).Append("\r\n");
            }

            if (i < fields)
            {
                text.Append(Field(ref random)).Append(Mostly(LineEnds, 1, ref random));
            }
        }

        text.Append("\r\n");
        return Damage(Tail(text, ref random), ref random);
    }

    public static string Response(ref FuzzRandom random)
    {
        StringBuilder text = new(Mostly(StatusLines, 10, ref random));
        text.Append("\r\n");
        for (int i = random.Below(7); i > 0; i--)
        {
            text.Append(Field(ref random)).Append(Mostly(LineEnds, 1, ref random));
        }

        text.Append("\r\n");
        return Damage(Tail(text, ref random), ref random);
    }

    public static string Chunked(ref FuzzRandom random)
    {
        StringBuilder text = new();
        for (int i = random.Below(5); i > 0; i--)
        {
            string line = Mostly(SizeLines, 6, ref random);
            text.Append(line).Append(random.OneIn(20) ? Mostly(LineEnds, 1, ref random) : "\r\n");
            text.Append(line.StartsWith('a') || line.StartsWith('A') ? "0123456789" : line.StartsWith('1') ? "!" : "hello");
            text.Append(random.OneIn(20) ? Mostly(LineEnds, 1, ref random) : "\r\n");
        }

        text.Append(random.OneIn(8) ? random.Pick<string>(["00", "0;x=\"y\"", "0 ;", "0 ", "-0", "0\u0001"]) : "0").Append("\r\n");
        for (int i = random.OneIn(3) ? random.Below(4) : 0; i > 0; i--)
        {
            text.Append(Field(ref random)).Append(Mostly(LineEnds, 1, ref random));
        }

        text.Append("\r\n");
        return Damage(Tail(text, ref random), ref random);
    }

    public static string ProxyHeader(ref FuzzRandom random)
    {
        const string Addresses4 = "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0001\0\0\u0050";
        const string Signature = "\r\n\r\n\0\r\nQUIT\n";
        string header = random.Pick<string>(
        [
            "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n",
            "PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 1 65535\r\n",
            "PROXY UNKNOWN\r\n",
            "PROXY UNKNOWN ff::1 x 1 2\r\n",
            Signature + "\u0021\u0011\0\u000c" + Addresses4,
            Signature + "\u0021\u0011\0\u0012" + Addresses4 + "\u0004\0\u0003xyz",
            Signature + "\u0021\u0021\0\u0024" + Addresses4 + Addresses4 + Addresses4,
            Signature + "\u0020\0\0\0",
        ]);
        return Damage(Tail(new StringBuilder(header), ref random), ref random);
    }

    /// <summary>Ascending positions at which to cut an input of that many bytes.</summary>
    public static int[] Cuts(int length, ref FuzzRandom random)
    {
        if (length < 2)
        {
            return [];
        }

        if (length < 80 && random.OneIn(40))
        {
            return [.. Enumerable.Range(1, length - 1)];
        }

        int[] cuts = new int[1 + random.Below(4)];
        for (int i = 0; i < cuts.Length; i++)
        {
            cuts[i] = 1 + random.Below(length - 1);
        }

        return [.. cuts.Distinct().Order()];
    }

    private static string Field(ref FuzzRandom random) => Mostly(Fields, 12, ref random);

    // The first ones of each table are well formed; enough of them must come together for a message to be understood.
    private static string Mostly(string[] table, int good, ref FuzzRandom random) =>
        random.OneIn(5) ? random.Pick<string>(table) : random.Pick<string>(table.AsSpan(0, good));

    private static StringBuilder Tail(StringBuilder text, ref FuzzRandom random)
    {
        if (random.OneIn(3))
        {
            text.Append("GET /next HTTP/1.1\r\nHost: n\r\n\r\n");
        }

        return text;
    }

    private static string Damage(StringBuilder text, ref FuzzRandom random)
    {
        for (int i = random.OneIn(2) ? 0 : 1 + random.Below(3); i > 0 && text.Length > 0; i--)
        {
            int position = random.Below(text.Length);
            switch (random.Below(8))
            {
                case 0:
                case 1:
                    text[position] = random.Pick<char>(Bytes);
                    break;
                case 2:
                case 3:
                    text.Insert(position, random.Pick<char>(Bytes));
                    break;
                case 4:
                    text.Remove(position, Math.Min(1 + random.Below(4), text.Length - position));
                    break;
                case 5:
                    text.Length = position;
                    break;
                case 6:
                    string copy = text.ToString(position, Math.Min(1 + random.Below(30), text.Length - position));
                    text.Insert(random.Below(text.Length), copy);
                    break;
                default:
                    text[position] = (char)(byte)random.Next();
                    break;
            }
        }

        return text.ToString();
    }
}
