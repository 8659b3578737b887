using System.Reflection;
using System.Text.RegularExpressions;
using VoltageSoda.Edge.Configuration;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class FindingCodesTests
{
    private static readonly string Sources = string.Concat(Directory
        .EnumerateFiles(Path.Combine(Loading.Root, "src", "Edge"), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            && Path.GetFileName(file) != "FindingCodes.cs")
        .Select(File.ReadAllText));

    [Fact]
    public void All_Codes_AreUniqueAndWellFormed()
    {
        Assert.Equal(FindingCodes.All.Count, FindingCodes.All.Select(code => code.Id).Distinct().Count());
        Assert.Equal(FindingCodes.All.Count, FindingCodes.All.Select(code => code.Name).Distinct().Count());
        Assert.All(FindingCodes.All, code => Assert.Matches("^VSE[1-4][0-9]{3}$", code.Id));
        Assert.All(FindingCodes.All, code => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", code.Name));
    }

    [Fact]
    public void All_Codes_AreDocumented() => Assert.All(FindingCodes.All, code => Assert.Matches(@"^[^ ].{15,}\.$", code.Doc));

    [Fact]
    public void All_Codes_AreUsed()
    {
        FieldInfo[] fields = typeof(FindingCodes).GetFields(BindingFlags.Static | BindingFlags.NonPublic);
        IEnumerable<string> unused = fields
            .Where(field => field.FieldType == typeof(FindingCode) && !Regex.IsMatch(Sources, $@"\bFindingCodes\.{field.Name}\b"))
            .Select(field => field.Name);
        Assert.Empty(unused);
    }

    [Fact]
    public void Sources_NoOtherFile_WritesACode() => Assert.DoesNotMatch("\"VSE[0-9]{4}", Sources);

    [Theory]
    [InlineData(FindingClass.Note, "info,info", false, false)]
    [InlineData(FindingClass.Advice, "warning,warning", false, false)]
    [InlineData(FindingClass.Deviation, "warning,error", false, true)]
    [InlineData(FindingClass.Degraded, "error,error", false, false)]
    [InlineData(FindingClass.Invalid, "error,error", true, true)]
    public void SeverityIn_Class_DependsOnTheMode(FindingClass @class, string severities, bool refusesCompat, bool refusesStrict)
    {
        FindingCode code = new("VSE1999", "x", @class, "");
        Assert.Equal(severities, $"{code.SeverityIn(ConfigMode.Compat)},{code.SeverityIn(ConfigMode.Strict)}".ToLowerInvariant());
        Assert.Equal((refusesCompat, refusesStrict), (code.RefusesIn(ConfigMode.Compat), code.RefusesIn(ConfigMode.Strict)));
    }
}
