namespace VoltageSoda.Edge.Configuration.Tls;

/// <summary>Judges when a certificate is valid. Pure.</summary>
internal static class CertificateDates
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    /// <summary>What is wrong with the time of a certificate, or null.</summary>
    public static string? Problem(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset now) =>
        now > notAfter ? $"expired at {notAfter:yyyy-MM-dd HH:mm:ss}Z"
        : now < notBefore ? $"not valid before {notBefore:yyyy-MM-dd HH:mm:ss}Z"
        : notAfter - now < Soon ? $"expires soon, at {notAfter:yyyy-MM-dd HH:mm:ss}Z"
        : null;
}
