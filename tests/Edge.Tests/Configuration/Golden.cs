namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>Compares with a committed file. <c>UPDATE_GOLDEN=1</c> writes it instead; the difference is then for review.</summary>
internal static class Golden
{
    public static void Equal(string relativePath, string actual)
    {
        string path = Path.Combine(Loading.Root, relativePath);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path), $"{relativePath} is missing; run the test once with UPDATE_GOLDEN=1 and read what it wrote.");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
