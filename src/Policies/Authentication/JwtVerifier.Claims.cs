using System.Buffers;
using VoltageSoda.Edge.Policies.Facts;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <content>Claims of a verified token, for policies that come after authentication.</content>
public sealed partial class JwtVerifier
{
    /// <summary>
    /// Reads a text, number or boolean claim of the token that <see cref="Verify"/> accepted for this request, as it stands in the token. False
    /// when there is none, or it is longer than <paramref name="destination"/>. Only for requests that were verified: nothing is checked here.
    /// </summary>
    public bool TryReadClaim<THeaders>(
        ReadOnlySpan<byte> query, ref THeaders headers, ReadOnlySpan<byte> name, Span<byte> destination, out int length)
        where THeaders : struct, IHeaderSource, allows ref struct
    {
        length = 0;
        byte[]? decoded = null;
        byte[]? payload = null;
        bool found = _source.Find(query, ref headers, out ReadOnlySpan<byte> token, ref decoded) == TokenSearch.One;
        if (found)
        {
            Span<byte> room = token.Length <= StackScratch ? stackalloc byte[StackScratch] : payload = ArrayPool<byte>.Shared.Rent(token.Length);
            found = TryReadClaim(token, name, room, destination, out length);
        }

        if (payload is not null)
        {
            ArrayPool<byte>.Shared.Return(payload);
        }

        if (decoded is not null)
        {
            ArrayPool<byte>.Shared.Return(decoded);
        }

        return found;
    }

    private static bool TryReadClaim(ReadOnlySpan<byte> token, ReadOnlySpan<byte> name, Span<byte> room, Span<byte> destination, out int length)
    {
        length = 0;
        int first = token.IndexOf((byte)'.');
        int second = first < 0 ? -1 : token[(first + 1)..].IndexOf((byte)'.');
        if (second < 0 || !JwtBase64.TryDecode(token.Slice(first + 1, second), room, out int written))
        {
            return false;
        }

        JsonSlice claim = default;
        JsonMembers members = new(room[..written]);
        while (members.TryNext(out JsonSlice member, out JsonSlice value))
        {
            claim = member.TextEquals(name) ? value : claim;
        }

        if (claim.Kind is not (JsonKind.Text or JsonKind.Number or JsonKind.True or JsonKind.False) || claim.Raw.Length > destination.Length)
        {
            return false;
        }

        claim.Raw.CopyTo(destination);
        length = claim.Raw.Length;
        return length != 0;
    }
}
