using System.Text.Json.Serialization;

namespace VoltageSoda.Edge.Cli.Demo;

/// <summary>The claims of a demo token (RFC 7519 section 4.1). Times in seconds since 1970 UTC.</summary>
/// <param name="Issuer">Key of the credential.</param>
/// <param name="NotBefore">From when it is valid.</param>
/// <param name="Expires">Until when.</param>
internal sealed record DemoClaims(
    [property: JsonPropertyName("iss")] string Issuer,
    [property: JsonPropertyName("nbf")] long NotBefore,
    [property: JsonPropertyName("exp")] long Expires);

/// <summary>Serialisation without reflection.</summary>
[JsonSerializable(typeof(DemoClaims))]
internal sealed partial class DemoJson : JsonSerializerContext;
