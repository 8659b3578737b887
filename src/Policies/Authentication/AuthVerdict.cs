using System.Text;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>What authentication says. A plain value referring to prebuilt objects only.</summary>
public readonly struct AuthVerdict
{
    /// <summary>False: answer <see cref="Status"/> with <see cref="Body"/>.</summary>
    public bool IsPass { get; internal init; }

    /// <summary>Nothing can be said before the request's body has been read; ask again with it.</summary>
    public bool NeedsBody { get; internal init; }

    /// <summary>The caller on pass; null when authentication was skipped.</summary>
    public Identity? Identity { get; internal init; }

    /// <summary>401 or 500 on refusal; 0 on pass.</summary>
    public int Status { get; internal init; }

    public KongErrorBody? Body { get; internal init; }

    /// <summary>Value of WWW-Authenticate, or null.</summary>
    public byte[]? Challenge { get; internal init; }

    internal static AuthVerdict Unauthorized(KongErrorBody body, byte[] challenge) =>
        new() { Status = 401, Body = body, Challenge = challenge };

    /// <summary>A challenge (RFC 9110 section 11.6.1) with the realm as a quoted string.</summary>
    internal static byte[] ChallengeOf(string scheme, string realm) => Encoding.UTF8.GetBytes($"{scheme} realm=\"{Escape(realm)}\"");

    internal static string Escape(string realm) =>
        realm.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
