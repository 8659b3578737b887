using System.Text;
using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Configuration.Tls;

/// <summary>
/// One value of a certificate or key property: the path of a PEM file, PEM text, or PEM in base64 (<c>kong/conf_loader/init.lua</c>). Stateless.
/// </summary>
internal static class CertificateText
{
    private const string Begin = "-----BEGIN";

    // A chain of a few certificates has some KiB; the limit keeps a wrong path from filling memory.
    private const int MaxBytes = 1024 * 1024;

    /// <summary>Values of a property: separated by commas, which PEM and base64 never contain.</summary>
    public static IReadOnlyList<string> Split(string? value) =>
        value?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Whether the value names a file, which may change.</summary>
    public static bool IsPath(string value) => !value.Contains(Begin, StringComparison.Ordinal) && !TryBase64(value, out _);

    /// <summary>The PEM text, or null with the reason. The reason never contains the value of what is not a path.</summary>
    public static string? Read(string value, out string reason)
    {
        reason = "";
        if (value.Contains(Begin, StringComparison.Ordinal))
        {
            // A variable often carries line ends as the two characters \n.
            return value.Replace("\\n", "\n", StringComparison.Ordinal);
        }

        if (TryBase64(value, out string decoded))
        {
            return decoded;
        }

        try
        {
            FileInfo file = new(value);
            if (!file.Exists)
            {
                reason = value.StartsWith('/') || value.Length < 200 ? $"{value}: no such file" : "neither a file nor PEM";
                return null;
            }

            if (file.Length > MaxBytes)
            {
                reason = $"{value}: too large for a certificate";
                return null;
            }

            if (PathKinds.WhyUnreadable(value) is { } kind)
            {
                reason = $"{value}: {kind}";
                return null;
            }

            return File.ReadAllText(value);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            reason = exception.Message;
            return null;
        }
    }

    private static bool TryBase64(string value, out string text)
    {
        text = "";
        byte[] bytes = new byte[value.Length];
        if (value.Length < 64 || !Convert.TryFromBase64String(value, bytes, out int written))
        {
            return false;
        }

        text = Encoding.Latin1.GetString(bytes, 0, written);
        return text.Contains(Begin, StringComparison.Ordinal);
    }
}
