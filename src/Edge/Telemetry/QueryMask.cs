using System.Text;

namespace VoltageSoda.Edge.Telemetry;

/// <summary>
/// Hides the values of query parameters that carry credentials (a token in <c>?jwt=</c>, an API key) and the user info of a URL: a log is
/// read by more people than may use them. Immutable; names compare without case, and a percent-encoded name is hidden because it may spell one of them.
/// </summary>
internal sealed class QueryMask
{
    private readonly byte[][] _names;

    public QueryMask(IEnumerable<string> names)
    {
        var all = new List<byte[]>();
        foreach (string name in names)
        {
            all.Add(Encoding.ASCII.GetBytes(name));
        }

        _names = [.. all];
    }

    /// <summary>Writes a request target or URL, escaped, cut to so many bytes, with secret values as <c>***</c>.</summary>
    public void Write(ref LineWriter writer, scoped ReadOnlySpan<byte> target, bool json, int cut = LineWriter.Cut)
    {
        int host = HostBehindUserInfo(target, out int start);
        if (host > 0)
        {
            writer.Escape(target[..start], json);
            writer.Raw("***@"u8);
            target = target[host..];
        }

        ReadOnlySpan<byte> shown = target.Length > cut ? target[..cut] : target;
        int query = shown.IndexOf((byte)'?');
        if (query < 0)
        {
            writer.Escape(shown, json);
            return;
        }

        writer.Escape(shown[..(query + 1)], json);
        ReadOnlySpan<byte> rest = shown[(query + 1)..];
        while (true)
        {
            // Some servers split at ';' too; a token after one must not show.
            int end = rest.IndexOfAny((byte)'&', (byte)';');
            Parameter(ref writer, end < 0 ? rest : rest[..end], json);
            if (end < 0)
            {
                return;
            }

            writer.Raw(rest[end]);
            rest = rest[(end + 1)..];
        }
    }

    // Where the host of an absolute URL begins when user info stands before it, else 0. The last @ ends it, as in browsers.
    private static int HostBehindUserInfo(ReadOnlySpan<byte> target, out int start)
    {
        int slashes = target.IndexOf("//"u8);
        start = slashes + 2;
        if (slashes < 0 || start > LineWriter.Cut || target[..slashes].IndexOfAny((byte)'?', (byte)'#', (byte)'/') >= 0)
        {
            return 0;
        }

        ReadOnlySpan<byte> authority = target[start..];
        int end = authority.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
        int at = (end < 0 ? authority : authority[..end]).LastIndexOf((byte)'@');
        return at < 0 ? 0 : start + at + 1;
    }

    private void Parameter(ref LineWriter writer, scoped ReadOnlySpan<byte> parameter, bool json)
    {
        int equals = parameter.IndexOf((byte)'=');
        if (equals < 0 || !IsSecret(parameter[..equals]))
        {
            writer.Escape(parameter, json);
            return;
        }

        writer.Escape(parameter[..(equals + 1)], json);
        writer.Raw("***"u8);
    }

    private bool IsSecret(ReadOnlySpan<byte> name)
    {
        foreach (byte[] secret in _names)
        {
            if (Ascii.EqualsIgnoreCase(name, secret))
            {
                return true;
            }
        }

        return name.Contains((byte)'%');
    }
}
