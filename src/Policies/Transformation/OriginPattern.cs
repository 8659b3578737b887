using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Policies.Routing;

namespace VoltageSoda.Edge.Policies.Transformation;

/// <summary>
/// One entry of cors origins: a literal, a regular expression (anything with a character outside <c>[A-Za-z0-9.:/-]</c>), or, unless patterns are
/// strict, <c>scheme://*.domain[:port]</c> for one or more labels below a domain. Immutable, thread-safe, no allocation.
/// </summary>
internal sealed partial class OriginPattern
{
    private static readonly SearchValues<char> LiteralCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:/-");

    private readonly byte[]? _domain;
    private readonly CompiledPattern? _regex;
    private readonly bool _byHost;
    private readonly (byte[] Scheme, byte[] Suffix, byte[] Port)? _subdomains;

    private OriginPattern(byte[]? domain, CompiledPattern? regex, bool byHost, (byte[] Scheme, byte[] Suffix, byte[] Port)? subdomains)
    {
        _domain = domain;
        _regex = regex;
        _byHost = byHost;
        _subdomains = subdomains;
    }

    /// <summary>Whether Kong takes the entry for a plain string.</summary>
    public static bool IsLiteral(string origin) => origin.Length > 0 && !origin.AsSpan().ContainsAnyExcept(LiteralCharacters);

    public static bool TryCreate(
        string origin, bool strict, [NotNullWhen(true)] out OriginPattern? pattern, [NotNullWhen(false)] out string? error)
    {
        error = null;
        if (IsLiteral(origin))
        {
            byte[] text = Encoding.UTF8.GetBytes(origin);
            pattern = new OriginPattern(OriginText.Normalize(text).Domain.ToArray(), null, false, null);
            return true;
        }

        Match friendly = SubdomainForm().Match(origin);
        if (!strict && friendly.Success)
        {
            OriginText normal = OriginText.Normalize(Encoding.UTF8.GetBytes(origin));
            pattern = new OriginPattern(null, null, false, (normal.Scheme.ToArray(), normal.Host[1..].ToArray(), normal.Port.ToArray()));
            return true;
        }

        // Kong anchors at both ends; anchors written by hand are harmless inside.
        if (!RegexTranslation.TryCompile(origin, ignoreCase: false, RegexAnchors.Both, out CompiledPattern? regex, out error))
        {
            pattern = null;
            return false;
        }

        pattern = new OriginPattern(null, regex, !origin.Contains(':', StringComparison.Ordinal), null);
        return true;
    }

    public bool Matches(scoped in OriginText origin)
    {
        if (_domain is not null)
        {
            return origin.Domain.SequenceEqual(_domain);
        }

        if (_regex is not null)
        {
            return _regex.IsMatch(_byHost ? origin.Host : origin.Domain);
        }

        return _subdomains is { } parts
            && origin.Scheme.SequenceEqual(parts.Scheme)
            && origin.Port.SequenceEqual(parts.Port)
            && origin.Host.Length > parts.Suffix.Length
            && origin.Host.EndsWith(parts.Suffix)
            && AreLabels(origin.Host[..^parts.Suffix.Length]);
    }

    // ([^./:]+\.)* and a last label: what stands for the star, without the dot before the domain.
    private static bool AreLabels(ReadOnlySpan<byte> labels) =>
        labels[0] != '.' && labels[^1] != '.' && labels.IndexOf(".."u8) < 0 && !labels.ContainsAny((byte)'/', (byte)':');

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]*://\*\.[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex SubdomainForm();
}
