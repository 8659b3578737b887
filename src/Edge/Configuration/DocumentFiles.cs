namespace VoltageSoda.Edge.Configuration;

/// <summary>
/// Finds configuration files below paths: folders recursively, <c>.yaml .yml .json</c>, names that begin with <c>..</c> left out and links
/// followed once, so that a mounted Kubernetes ConfigMap gives each of its files once. Stateless.
/// </summary>
internal static class DocumentFiles
{
    /// <summary>How names of configuration files in a folder end.</summary>
    public static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>Files in a stable order; what cannot be read is told to <paramref name="failed"/>. A file given by name may have any extension.</summary>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths, Action<string, string> failed)
    {
        List<string> files = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                Walk(path, files, seen, failed);
            }
            else if (File.Exists(path))
            {
                Add(path, files, seen);
            }
            else
            {
                failed(path, "no such file or folder");
            }
        }

        return files;
    }

    /// <summary>The path with every link in it resolved; the path itself where that fails.</summary>
    public static string RealPath(string path)
    {
        string resolved = Path.GetPathRoot(Path.GetFullPath(path)) ?? "/";
        Queue<string> parts = new(Path.GetFullPath(path)[resolved.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries));
        int links = 0;
        while (parts.TryDequeue(out string? part))
        {
            string next = Path.Combine(resolved, part);
            string? target = LinkTarget(next);
            if (target is null || ++links > 40)
            {
                resolved = next;
                continue;
            }

            string full = Path.GetFullPath(target, resolved);
            resolved = Path.GetPathRoot(full) ?? "/";
            parts = new Queue<string>(full[resolved.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Concat(parts));
        }

        return resolved;
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Walk(string folder, List<string> files, HashSet<string> seen, Action<string, string> failed)
    {
        if (!seen.Add(RealPath(folder)))
        {
            return;
        }

        List<string> entries;
        try
        {
            entries = [.. Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            failed(folder, exception.Message);
            return;
        }

        foreach (string entry in entries)
        {
            string name = Path.GetFileName(entry);
            if (name.StartsWith("..", StringComparison.Ordinal))
            {
                continue;
            }

            if (Directory.Exists(entry))
            {
                Walk(entry, files, seen, failed);
            }
            else if (Extensions.Contains(Path.GetExtension(entry).ToLowerInvariant()))
            {
                Add(entry, files, seen);
            }
        }
    }

    private static void Add(string file, List<string> files, HashSet<string> seen)
    {
        if (seen.Add(RealPath(file)))
        {
            files.Add(file);
        }
    }
}
