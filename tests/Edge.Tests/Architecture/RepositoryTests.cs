using System.Xml.Linq;

namespace VoltageSoda.Edge.Tests.Architecture;

/// <summary>What the repository says of itself, held against what is in it.</summary>
public sealed class RepositoryTests
{
    [Fact]
    public void Readme_DependencyTable_NamesEveryPackage()
    {
        IEnumerable<string> packages = XDocument.Parse(SourceTree.Read("Directory.Packages.props"))
            .Descendants("PackageVersion")
            .Select(static package => package.Attribute("Include")!.Value);
        string[] rows = [.. SourceTree.Read("README.md").Split('\n').Where(static line => line.StartsWith("| ", StringComparison.Ordinal))];

        Assert.All(packages, package => Assert.Contains(rows, row => row.StartsWith($"| {package} |", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/architecture.md")]
    [InlineData("deploy/kubernetes/README.md")]
    public void Document_RelativeLinks_LeadSomewhere(string document)
    {
        string folder = Path.GetDirectoryName(Path.Combine(SourceTree.Root, document))!;
        string[] links = [.. SourceTree.Read(document).Split("](").Skip(1).Select(static rest => rest[..rest.IndexOf(')')])];

        Assert.All(links, link =>
        {
            string path = Path.Combine(folder, link);
            Assert.True(File.Exists(path) || Directory.Exists(path), $"{document}: {link}");
        });
    }

    [Theory]
    [InlineData("run.sh")]
    [InlineData("test.sh")]
    [InlineData(".ci/run")]
    public void Script_IsExecutable(string path) =>
        Assert.True(OperatingSystem.IsWindows() || (File.GetUnixFileMode(Path.Combine(SourceTree.Root, path)) & UnixFileMode.UserExecute) != 0, path);

    [Fact]
    public void TestProjects_AreAllRunByTestScript()
    {
        // test.sh runs tests/*/*Tests.csproj: a project that is named otherwise would be built and never run.
        IEnumerable<string> others = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "tests"), "*.csproj", SearchOption.AllDirectories)
            .Select(static path => Path.GetFileNameWithoutExtension(path))
            .Where(static name => !name.EndsWith("Tests", StringComparison.Ordinal));

        Assert.Equal(["VoltageSoda.Edge.TestKit"], others);
    }
}
