namespace VoltageSoda.Edge.Protocol.Http1;

/// <summary>
/// Knows the names that CGI-style upstreams could confuse with ones the edge vouches for, since they fold <c>_</c> to <c>-</c>:
/// <c>X_Forwarded-For</c> would pass for X-Forwarded-For. Immutable, safe from any thread.
/// </summary>
internal sealed class LookalikeGuard
{
    private static readonly string[] BuiltIn =
    [
        "content-length", "transfer-encoding", "x-forwarded-*", "x-real-ip", "x-request-id", "x-kong-*", "x-consumer-*", "x-credential-*",
        "x-anonymous-consumer", "x-envoy-*", "keep-alive", "proxy-connection", "proxy-authorization",
    ];

    private readonly Pattern[] _patterns;

    public LookalikeGuard(IReadOnlyList<string> names)
    {
        _patterns = [.. BuiltIn.Concat(names).Select(name => new Pattern(name))];
    }

    public static LookalikeGuard Default { get; } = new([]);

    /// <summary>True when a name with an underscore equals a guarded one once every <c>_</c> is read as <c>-</c>.</summary>
    public bool Imitates(ReadOnlySpan<byte> name)
    {
        foreach (Pattern pattern in _patterns)
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
