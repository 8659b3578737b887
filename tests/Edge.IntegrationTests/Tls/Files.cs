namespace VoltageSoda.Edge.IntegrationTests.Tls;

/// <summary>A folder of its own, deleted at the end.</summary>
internal sealed class Files : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edge-tls-");

    /// <summary>Writes a file at once, as a mounted Secret is replaced, and gives its path.</summary>
    public string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        string aside = path + ".new";
        File.WriteAllText(aside, text);
        File.Move(aside, path, overwrite: true);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
