using System.Text;

namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Knows the names that CGI-style upstreams could confuse with ones the edge vouches for, since they fold <c>_</c> to <c>-</c>:
/// <c>X_Forwarded-For</c> would pass for X-Forwarded-For. Immutable, safe from any thread. Asked only about names with an underscore.
/// </summary>
internal sealed class LookalikeGuard
{
    private static readonly string[] BuiltIn =
    [
        "content-length", "transfer-encoding", "x-forwarded-*", "x-real-ip", "x-request-id", "x-kong-*", "x-consumer-*", "x-credential-*",
        "x-anonymous-consumer", "x-authenticated-*", "x-envoy-*", "keep-alive", "proxy-connection", "proxy-authorization", "kong-debug",
        "ratelimit-*", "x-ratelimit-*", "x-b3-*", "uber-trace-id", "uberctx-*", "ot-tracer-*", "ot-baggage-*", "x-datadog-*",
        "x-amzn-trace-id", "x-cloud-trace-context",
    ];

    private static readonly Pattern[] BuiltInPatterns = [.. BuiltIn.Select(static name => new Pattern(name))];

    private readonly Pattern[] _patterns;
    private readonly byte[][] _asWritten;

    public LookalikeGuard(IReadOnlyList<string> names)
    {
        _patterns = [.. names.Select(static name => new Pattern(name))];
        _asWritten = [.. names.Where(static name => name.Contains('_')).Select(Encoding.Latin1.GetBytes)];
    }

    public static LookalikeGuard Default { get; } = new([]);

    /// <summary>True when a name with an underscore equals a guarded one once every <c>_</c> is read as <c>-</c>.</summary>
    public bool Imitates(ReadOnlySpan<byte> name)
    {
        if (MatchesAny(BuiltInPatterns, name))
        {
            return true;
        }

        foreach (byte[] written in _asWritten)
        {
            if (Ascii.EqualsIgnoreCase(name, written))
            {
                return false;
            }
        }

        return MatchesAny(_patterns, name);
    }

    private static bool MatchesAny(Pattern[] patterns, ReadOnlySpan<byte> name)
    {
        foreach (Pattern pattern in patterns)
        {
            if (pattern.Matches(name))
            {
                return true;
            }
        }

        return false;
    }

    private sealed class Pattern
    {
        private readonly byte[] _lower;
        private readonly bool _isPrefix;

        public Pattern(string name)
        {
            _isPrefix = name.EndsWith('*');
            _lower = [.. name.TrimEnd('*').Select(character => Fold((byte)character))];
        }

        public bool Matches(ReadOnlySpan<byte> name)
        {
            if (_isPrefix ? name.Length < _lower.Length : name.Length != _lower.Length)
            {
                return false;
            }

            for (int i = 0; i < _lower.Length; i++)
            {
                if (Fold(name[i]) != _lower[i])
                {
                    return false;
                }
            }

            return true;
        }

        private static byte Fold(byte value) => value == '_' ? (byte)'-' : value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;
    }
}
