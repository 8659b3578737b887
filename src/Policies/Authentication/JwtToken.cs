using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>What is wrong with the form of a token, in the order Kong looks (P/jwt/jwt_parser.lua).</summary>
internal enum JwtForm
{
    Valid,
    InvalidJson,
    InvalidAlgorithm,
    InvalidClaims,
    InvalidSignature,
}

/// <summary>
/// A token taken apart: nothing in it is trusted yet. Borrows the token and a scratch buffer; lives on the stack.
/// </summary>
internal ref struct JwtToken
{
    /// <summary>Header, dot, payload: what is signed.</summary>
    public ReadOnlySpan<byte> SigningInput;

    public ReadOnlySpan<byte> Signature;

    /// <summary>The alg of the header. It selects nothing; it must equal the credential's.</summary>
    public JwtAlgorithm Algorithm;

    /// <summary>The key claim, from the payload or else from the header; its kind is Null when absent.</summary>
    public JsonSlice Key;

    /// <summary>The exp claim; kind Null when absent.</summary>
    public JsonSlice Exp;

    /// <summary>The nbf claim; kind Null when absent.</summary>
    public JsonSlice Nbf;

    /// <summary>Bytes of scratch a token of that length needs.</summary>
    public static int ScratchFor(int tokenLength) => tokenLength + 16;

    public static JwtForm Read(ReadOnlySpan<byte> token, ReadOnlySpan<byte> keyClaim, Span<byte> scratch, out JwtToken result)
    {
        result = default;
        int firstDot = token.IndexOf((byte)'.');
        int secondDot = firstDot < 0 ? -1 : token[(firstDot + 1)..].IndexOf((byte)'.') + firstDot + 1;
        if (firstDot < 0 || secondDot <= firstDot)
        {
            return JwtForm.InvalidJson;
        }

        if (!JwtBase64.TryDecode(token[..firstDot], scratch, out int headerLength)
            || !JwtBase64.TryDecode(token[(firstDot + 1)..secondDot], scratch[headerLength..], out int payloadLength))
        {
            return JwtForm.InvalidJson;
        }

        ReadOnlySpan<byte> header = scratch[..headerLength];
        ReadOnlySpan<byte> payload = scratch.Slice(headerLength, payloadLength);
        JwtForm form = result.ReadDocuments(header, payload, keyClaim);
        if (form != JwtForm.Valid)
        {
            return form;
        }

        Span<byte> signature = scratch[(headerLength + payloadLength)..];
        if (!JwtBase64.TryDecode(token[(secondDot + 1)..], signature, out int signatureLength))
        {
            return JwtForm.InvalidSignature;
        }

        result.SigningInput = token[..secondDot];
        result.Signature = signature[..signatureLength];
        return JwtForm.Valid;
    }

    // Both documents must parse before anything in them counts. Of repeated members the last one holds, as in Kong's JSON library.
    private JwtForm ReadDocuments(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> keyClaim)
    {
        JsonSlice algorithm = default;
        JsonSlice headerKey = default;
        JsonMembers members = new(header);
        bool headerIsObject = members.IsObject;
        while (members.TryNext(out JsonSlice name, out JsonSlice value))
        {
            algorithm = name.TextEquals("alg"u8) ? value : algorithm;
            headerKey = name.TextEquals(keyClaim) ? value : headerKey;
        }

        if (members.IsMalformed || (!headerIsObject && !JsonMembers.IsWellFormed(header)))
        {
            return JwtForm.InvalidJson;
        }

        members = new JsonMembers(payload);
        while (members.TryNext(out JsonSlice name, out JsonSlice value))
        {
            Key = name.TextEquals(keyClaim) ? value : Key;
            Exp = name.TextEquals("exp"u8) ? value : Exp;
            Nbf = name.TextEquals("nbf"u8) ? value : Nbf;
        }

        if (members.IsMalformed || (!members.IsObject && !JsonMembers.IsWellFormed(payload)))
        {
            return JwtForm.InvalidJson;
        }

        if (algorithm.Kind != JsonKind.Text || !JwtAlgorithms.TryParse(algorithm.Raw, out Algorithm))
        {
            return JwtForm.InvalidAlgorithm;
        }

        Key = Key.Kind is JsonKind.Null or JsonKind.False ? headerKey : Key;
        return members.IsObject ? JwtForm.Valid : JwtForm.InvalidClaims;
    }
}
