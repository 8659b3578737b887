using System.Text;
using CsCheck;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Kong;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Protocol.Http;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class KongPathTests
{
    private static readonly string[] Parts =
        ["/", ".", "..", "%2e", "%2F", "%5c", "\\", "%c3%a9", "é", "%7E", "%20", " ", "%01", "%25", "a", "~", ";", "%3b", "%2"];

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b/", "/a/b/")]
    [InlineData("/a//b", "/a/b")]
    [InlineData("//", "/")]
    [InlineData("/./a/./b/.", "/a/b/")]
    [InlineData("/a/../../b/..", "/")]
    [InlineData("/a/..b", "/a/..b")]
    [InlineData("/%41%7e%2f%2e%2e%c3%a9", "/A~%2F..é")]
    [InlineData("/%e9%C3/é", "/%E9%C3/é")]
    [InlineData("/a\\b%5c%01%7F\u0001", "/a%5Cb%5C%01%7F%01")]
    [InlineData("/../a", "/a")]
    [InlineData("/%25e9", "/%25e9")]
    [InlineData("/%2e%2e/a", "/a")]
    [InlineData("/a%20b", "/a b")]
    public void Normalize_Path_IsKongs(string path, string normal) => Assert.Equal(normal, KongPath.Normalize(path));

    [Theory]
    [InlineData("/caf%c3%a9(x)", "~/café(x)")]
    [InlineData("/a%2e%5C\\.b", "~/a\\.%5C\\.b")]
    public void Migrate_Pattern_MatchesWhatRequestsBecome(string path, string pattern) => Assert.Equal(pattern, KongPath.Migrate(path));

    [Fact]
    public void Normalize_AnyPath_IsWhatARequestWithItBecomes() =>
        Gen.Int[0, Parts.Length - 1].Select(index => Parts[index]).Array[0, 12].Sample(parts =>
        {
            string path = "/" + string.Concat(parts);
            byte[] raw = Encoding.UTF8.GetBytes(path);
            WireError error = CanonicalPath.Compute(
                raw, mergeSlashes: true, EscapedSlashes.Keep, new byte[CanonicalPath.MaxLength(raw.Length)], out ReadOnlySpan<byte> canonical, out _);
            if (error == WireError.None)
            {
                Assert.Equal(Encoding.UTF8.GetString(canonical), KongPath.Normalize(path));
            }
        });

    [Fact]
    public void Normalize_Twice_IsTheSame() => Gen.Char["/.%2eEfF4a~"].Array[0, 20].Select(characters => "/" + new string(characters)).Sample(path =>
    {
        // A decoded percent sign may begin a new triplet; Kong normalises once, and so do both sides of the comparison.
        string once = KongPath.Normalize(path);
        return once.Contains('%', StringComparison.Ordinal) || KongPath.Normalize(once) == once;
    });
}

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "ABC", 0)]
    [InlineData("flaw", "lawn", 2)]
    public void Distance_Names_CountsEdits(string left, string right, int distance) => Assert.Equal(distance, NearestName.Distance(left, right));

    [Theory]
    [InlineData("strip_pth", "strip_path")]
    [InlineData("protocol", "protocols")]
    [InlineData("zzz", null)]
    public void Find_Name_GivesACloseOne(string name, string? nearest) =>
        Assert.Equal(nearest, NearestName.Find(name, ["paths", "strip_path", "protocols", "hosts"]));
}

public sealed class TemplateParserTests
{
    [Theory]
    [InlineData("$(headers.x_y)", "Header:x_y")]
    [InlineData("$(headers['X-Y'])", "Header:X-Y")]
    [InlineData("$( query_params.a )", "QueryParam:a")]
    [InlineData("$(uri_captures[2])", "UriCaptureIndex:2")]
    [InlineData("a$(uri_captures.n)b", "Literal:a|UriCapture:n|Literal:b")]
    [InlineData("$(headers.a or query_params.b or 'c)d')", "Header:a,QueryParam:b,Literal:c)d")]
    [InlineData("no template", "Literal:no template")]
    public void TryParse_Supported_GivesParts(string text, string parts)
    {
        Assert.True(TemplateParser.TryParse(text, out ValueTemplate template, out string error), error);
        Assert.Equal(parts, string.Join('|', template.Parts.Select(part =>
            string.Join(',', part.Alternatives.Select(operand => $"{operand.Source}:{(operand.Source == TemplateSource.UriCaptureIndex ? operand.Index.ToString() : operand.Name)}")))));
        Assert.Equal(!text.Contains('$'), template.IsLiteral);
    }

    [Theory]
    [InlineData("$(headers.x")]
    [InlineData("$()")]
    [InlineData("$(shared.x)")]
    [InlineData("$(headers)")]
    [InlineData("$(headers[1])")]
    [InlineData("$(headers.x .. 'y')")]
    [InlineData("$(headers.x orx)")]
    [InlineData("$(headers.1)")]
    [InlineData("$('open)")]
    [InlineData("$(headers.x or)")]
    public void TryParse_OtherLua_IsRefused(string text) => Assert.False(TemplateParser.TryParse(text, out _, out _));

    [Fact]
    public void TryParse_AnyText_NeverThrows() =>
        Gen.Char["$()[]'\". headersoruri_captures1"].Array[0, 30].Select(characters => new string(characters)).Sample(text =>
        {
            bool parsed = TemplateParser.TryParse(text, out ValueTemplate template, out string error);
            Assert.Equal(parsed, error.Length == 0);
            Assert.Equal(text, template.Text);
        });
}

public sealed class DocumentFilesTests
{
    [Fact]
    public void Find_LinksAndLoops_GiveEachFileOnce()
    {
        string folder = Directory.CreateTempSubdirectory("edge-files").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "sub"));
            Directory.CreateDirectory(Path.Combine(folder, "..hidden"));
            foreach (string file in (string[])["b.yml", "a.YAML", "c.json", "d.txt", "sub/e.yaml", "..hidden/f.yml", "..g.yml"])
            {
                File.WriteAllText(Path.Combine(folder, file), "");
            }

            File.CreateSymbolicLink(Path.Combine(folder, "again.yml"), "b.yml");
            Directory.CreateSymbolicLink(Path.Combine(folder, "sub", "loop"), folder);
            File.CreateSymbolicLink(Path.Combine(folder, "broken.yml"), "nowhere.yml");
            List<string> failures = [];
            IReadOnlyList<string> files = DocumentFiles.Find([folder, Path.Combine(folder, "b.yml"), Path.Combine(folder, "d.txt"), Path.Combine(folder, "none")],
                (path, _) => failures.Add(Path.GetFileName(path)));
            Assert.Equal(["a.YAML", "again.yml", "c.json", "e.yaml", "d.txt"], files.Select(Path.GetFileName).Where(name => name != "broken.yml"));
            Assert.Equal(["none"], failures);
            Assert.Equal(DocumentFiles.RealPath(Path.Combine(folder, "b.yml")), DocumentFiles.RealPath(Path.Combine(folder, "sub", "loop", "again.yml")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
