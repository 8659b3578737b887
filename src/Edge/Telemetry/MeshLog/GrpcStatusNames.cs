namespace VoltageSoda.Edge.Telemetry.MeshLog;

/// <summary>Names of gRPC's status codes.</summary>
internal static class GrpcStatusNames
{
    private static readonly string[] Names =
    [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied",
        "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss",
        "Unauthenticated",
    ];

    private static readonly byte[][] Camel = [.. Names.Select(static name => System.Text.Encoding.ASCII.GetBytes(name))];
    private static readonly byte[][] Snake = [.. Names.Select(static name => System.Text.Encoding.ASCII.GetBytes(ToSnake(name)))];

    /// <summary>As Envoy writes it; empty for a number without a name.</summary>
    public static ReadOnlySpan<byte> Of(int status, bool isSnake) =>
        (uint)status < (uint)Camel.Length ? (isSnake ? Snake : Camel)[status] : default(ReadOnlySpan<byte>);

    private static string ToSnake(string name) => name == "OK"
        ? name
        : string.Concat(name.Select(static (letter, index) => index != 0 && char.IsUpper(letter) ? "_" + letter : char.ToUpperInvariant(letter).ToString()));
}
