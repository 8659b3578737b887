using System.Text;
using VoltageSoda.Edge.Policies.Text;

namespace VoltageSoda.Edge.Policies.Authentication;

/// <summary>
/// The answers of one jwt policy, built at load (kong.md 8.5): texts that name the key claim, and the challenges with the realm. Immutable.
/// </summary>
internal sealed class JwtRefusals
{
    private static readonly KongErrorBody Unauthorized = KongErrorBody.Compact("Unauthorized");
    private static readonly KongErrorBody Several = KongErrorBody.Compact("Multiple tokens provided");
    private static readonly KongErrorBody NoText = KongErrorBody.Compact("Unrecognizable token");
    private static readonly KongErrorBody BadJson = KongErrorBody.Compact("Bad token; invalid JSON");
    private static readonly KongErrorBody BadAlgorithm = KongErrorBody.Compact("Bad token; invalid alg");
    private static readonly KongErrorBody BadClaims = KongErrorBody.Compact("Bad token; invalid claims");
    private static readonly KongErrorBody BadSignature = KongErrorBody.Compact("Bad token; invalid signature");
    private static readonly KongErrorBody OtherAlgorithm = KongErrorBody.Compact("Invalid algorithm");
    private static readonly KongErrorBody NoSecret = KongErrorBody.Compact("Invalid key/secret");
    private static readonly KongErrorBody WrongSignature = KongErrorBody.Compact("Invalid signature");
    private static readonly KongErrorBody TooLong = KongErrorBody.CompactJson("{\"exp\":\"exceeds maximum allowed expiration\"}");

    // Indexed by the fault of exp, then of nbf.
    private static readonly KongErrorBody[][] ClaimFaults =
    [
        [Unauthorized, Fault(null, "must be a number"), Fault(null, "token not valid yet")],
        [Fault("must be a number", null), Fault("must be a number", "must be a number"), Fault("must be a number", "token not valid yet")],
        [Fault("token expired", null), Fault("token expired", "must be a number"), Fault("token expired", "token not valid yet")],
    ];

    private readonly string _keyClaim;
    private readonly byte[] _challenge;
    private readonly byte[] _challengeWithError;

    public JwtRefusals(JwtOptions options)
    {
        _keyClaim = options.KeyClaimName;
        string realm = options.Realm is null ? "" : $" realm=\"{AuthVerdict.Escape(options.Realm)}\"";
        _challenge = Encoding.UTF8.GetBytes($"Bearer{realm}");
        _challengeWithError = Encoding.UTF8.GetBytes($"Bearer{realm} error=\"invalid_token\"");
        NoToken = Refuse(Unauthorized, _challenge);
        SeveralTokens = Refuse(Several);
        Unrecognizable = Refuse(NoText);
        InvalidAlgorithm = Refuse(OtherAlgorithm);
        InvalidKey = Refuse(NoSecret);
        InvalidSignature = Refuse(WrongSignature);
        ExceedsMaximum = Refuse(TooLong);
        NoKeyClaim = Refuse(KongErrorBody.Compact($"No mandatory '{_keyClaim}' in claims"));
        EmptyKeyClaim = Refuse(KongErrorBody.Compact($"Invalid '{_keyClaim}' in claims"));
        NoCredential = Refuse(KongErrorBody.Compact($"No credentials found for given '{_keyClaim}'"));
    }

    public AuthVerdict NoToken { get; }

    public AuthVerdict SeveralTokens { get; }

    public AuthVerdict Unrecognizable { get; }

    public AuthVerdict InvalidAlgorithm { get; }

    public AuthVerdict InvalidKey { get; }

    public AuthVerdict InvalidSignature { get; }

    public AuthVerdict ExceedsMaximum { get; }

    public AuthVerdict NoKeyClaim { get; }

    public AuthVerdict EmptyKeyClaim { get; }

    public AuthVerdict NoCredential { get; }

    public AuthVerdict BadToken(JwtForm form) => Refuse(form switch
    {
        JwtForm.InvalidAlgorithm => BadAlgorithm,
        JwtForm.InvalidClaims => BadClaims,
        JwtForm.InvalidSignature => BadSignature,
        _ => BadJson,
    });

    public AuthVerdict BadClaim(ClaimFault exp, ClaimFault nbf) => Refuse(ClaimFaults[(int)exp][(int)nbf]);

    /// <summary>For a credential whose consumer does not exist. Allocates: a reader that checks references never lets it happen.</summary>
    public AuthVerdict NoConsumer(string key) => Refuse(KongErrorBody.Compact($"Could not find consumer for '{_keyClaim}={key}'"));

    private static KongErrorBody Fault(string? exp, string? nbf)
    {
        string first = exp is null ? "" : $"\"exp\":\"{exp}\"";
        string second = nbf is null ? "" : $"\"nbf\":\"{nbf}\"";
        return KongErrorBody.CompactJson($"{{{first}{(exp is not null && nbf is not null ? "," : "")}{second}}}");
    }

    private AuthVerdict Refuse(KongErrorBody body, byte[]? challenge = null) =>
        AuthVerdict.Unauthorized(body, challenge ?? _challengeWithError);
}

/// <summary>What is wrong with a time claim.</summary>
internal enum ClaimFault
{
    None,
    NotNumber,
    Time,
}
