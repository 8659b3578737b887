using VoltageSoda.Edge.Transport;

namespace VoltageSoda.Edge.Configuration;

/// <summary>Reads a secret that is mounted as a file. One line end at the end is not part of it.</summary>
internal static class SecretFileReader
{
    private const long LongestSecret = 1 << 20;

    public static bool TryRead(string path, out string text, out string error)
    {
        text = "";
        error = "";
        try
        {
            if (PathKinds.WhyUnreadable(path) is { } kind)
            {
                error = $"{path}: {kind}";
                return false;
            }

            FileInfo file = new(path);
            if (!file.Exists)
            {
                error = $"{path}: no such file";
                return false;
            }

            if (file.Length > LongestSecret)
            {
                error = $"{path}: longer than 1 MiB";
                return false;
            }

            if (!TextFile.TryRead(path, out text, out string reason))
            {
                error = $"{path}: {reason}";
                return false;
            }

            text = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            error = $"{path}: {exception.Message}";
            return false;
        }
    }
}
