using System.Reflection;
using System.Text.RegularExpressions;

namespace VoltageSoda.Edge.Tests.Architecture;

public sealed partial class DependencyRulesTests
{
    private const int MaximumLines = 500;

    private static readonly string[] PureAssemblies = ["VoltageSoda.Edge.Protocol", "VoltageSoda.Edge.Policies"];

    // Sockets, files, other processes, logging and what starts work in the background. IPAddress alone is in System.Net.Primitives.
    private static readonly string[] ImpureReferences =
    [
        "Microsoft.",
        "System.Console",
        "System.Data",
        "System.Diagnostics.Process",
        "System.IO.FileSystem",
        "System.IO.Pipelines",
        "System.IO.Pipes",
        "System.Net.Http",
        "System.Net.NameResolution",
        "System.Net.NetworkInformation",
        "System.Net.Quic",
        "System.Net.Requests",
        "System.Net.Security",
        "System.Net.Sockets",
        "System.Net.WebSockets",
        "System.Threading.Channels",
        "System.Threading.ThreadPool",
        "System.Threading.Timer",
    ];

    // Files that are tables: one row per case, which no split makes easier to read. Each needs a reason here.
    private static readonly Dictionary<string, string> TableFiles = new()
    {
        ["tests/Edge.Tests/Configuration/KongReaderTests.cs"] = "one short test per rule of Kong's schema",
    };

    // Files that wait to be split. Each may not grow, and leaves the list when it is short enough.
    private static readonly Dictionary<string, int> LongFiles = new()
    {
    };

    public static TheoryData<string> Pure => [.. PureAssemblies];

    [Theory]
    [MemberData(nameof(Pure))]
    public void PureAssembly_ReferencesNoIo(string name)
    {
        IEnumerable<string> impure = Assembly.Load(name).GetReferencedAssemblies()
            .Select(static reference => reference.Name!)
            .Where(static reference => ImpureReferences.Any(prefix => reference.StartsWith(prefix, StringComparison.Ordinal)));

        AssertNone(impure);
    }

    [Theory]
    [MemberData(nameof(Pure))]
    public void PureAssembly_ReferencesNoOtherOfOurs(string name)
    {
        IEnumerable<string> ours = Assembly.Load(name).GetReferencedAssemblies()
            .Select(static reference => reference.Name!)
            .Where(static reference => reference == "voltage-edge" || reference.StartsWith("VoltageSoda.", StringComparison.Ordinal));

        AssertNone(ours);
    }

    [Fact]
    public void Edge_OfOurs_ReferencesTheTwoLeavesAlone()
    {
        IEnumerable<string> others = typeof(Program).Assembly.GetReferencedAssemblies()
            .Select(static reference => reference.Name!)
            .Where(static reference => reference.StartsWith("VoltageSoda.", StringComparison.Ordinal))
            .Except(PureAssemblies);

        AssertNone(others);
    }

    // Assembly references do not tell: Task, File and Stopwatch live in the core library, which everything references.
    [Theory]
    [InlineData("src/Protocol")]
    [InlineData("src/Policies")]
    public void PureSources_NameNoIoTaskClockOrLog(string folder)
    {
        IEnumerable<string> offences =
            from path in SourceTree.Files(folder)
            from Match match in ImpureWord().Matches(SourceTree.ReadCode(path))
            select $"{path}: {match.Value}";

        AssertNone(offences);
    }

    [Theory]
    [InlineData("src/Protocol", "VoltageSoda.Edge.Protocol")]
    [InlineData("src/Policies", "VoltageSoda.Edge.Policies")]
    public void PureSources_StayInTheirNamespace(string folder, string own)
    {
        IEnumerable<string> offences =
            from path in SourceTree.Files(folder)
            from Match match in OurNamespace().Matches(SourceTree.ReadCode(path))
            where match.Value != own && !match.Value.StartsWith(own + ".", StringComparison.Ordinal)
            select $"{path}: {match.Value}";

        AssertNone(offences);
    }

    [Fact]
    public void EdgeFolders_DependOneWay() => AssertNone(
        from offence in FolderOffences()
        where !FolderRules.Debts.Contains(offence.Use)
        select $"{offence.Use}: {offence.Reason}");

    [Fact]
    public void FolderDebts_AreStillOwed() => AssertNone(FolderRules.Debts.Except(FolderOffences().Select(static offence => offence.Use)));

    [Fact]
    public void EdgeFolders_AreAllInTheRules()
    {
        IEnumerable<string> unknown = SourceTree.Files("src/Edge")
            .Select(static path => path.Split('/')[2])
            .Distinct()
            .Where(static folder => !FolderRules.Arrows.ContainsKey(folder) && !FolderRules.Roots.Contains(folder));

        AssertNone(unknown);
    }

    [Fact]
    public void EdgeSources_LiveInTheNamespaceOfTheirFolder()
    {
        IEnumerable<string> offences =
            from path in SourceTree.Files("src/Edge")
            let parts = path.Split('/')
            where parts.Length > 3
            let declared = DeclaredNamespace().Match(SourceTree.ReadCode(path))
            let expected = $"VoltageSoda.Edge.{parts[2]}"
            where declared.Success && declared.Groups[1].Value != expected
                && !declared.Groups[1].Value.StartsWith(expected + ".", StringComparison.Ordinal)
            select $"{path}: {declared.Groups[1].Value}";

        AssertNone(offences);
    }

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("bench")]
    [InlineData("loadtests")]
    public void SourceFiles_StayReadable(string folder)
    {
        IEnumerable<string> tooLong =
            from path in SourceTree.Files(folder)
            let lines = SourceTree.Read(path).Count(static letter => letter == '\n')
            where lines > LongFiles.GetValueOrDefault(path, MaximumLines) && !TableFiles.ContainsKey(path)
            select $"{path}: {lines} lines";

        AssertNone(tooLong);
    }

    [Fact]
    public void LongFiles_AreStillLong() => Assert.All(
        LongFiles.Keys, static path => Assert.True(SourceTree.Read(path).Count(static letter => letter == '\n') > MaximumLines, path));

    [Fact]
    public void TableFiles_Exist() =>
        Assert.All(TableFiles.Keys, static path => Assert.True(File.Exists(Path.Combine(SourceTree.Root, path)), path));

    [Theory]
    [InlineData("// File.Open\nint a;", false)]
    [InlineData("Log(\"a Task to await\");", false)]
    [InlineData("/* async\n */ int a;", false)]
    [InlineData("char c = '\"'; async", true)]
    [InlineData("Task<int> x;", true)]
    [InlineData("File.ReadAllText(path)", true)]
    [InlineData("_time.GetTimestamp()", false)]
    [InlineData("Stopwatch.GetTimestamp()", true)]
    public void ImpureWord_Code_IsTold(string code, bool isImpure)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, code);
            Assert.Equal(isImpure, ImpureWord().IsMatch(SourceTree.ReadCode(path)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("Exchanges", "Upstream", true)]
    [InlineData("Listeners", "Snapshot", true)]
    [InlineData("Upstream", "Transport", true)]
    [InlineData("Upstream", "Snapshot", false)]
    [InlineData("Snapshot", "Configuration", false)]
    [InlineData("Telemetry", "Model", false)]
    [InlineData("Elsewhere", "Model", false)]
    public void Refuse_Pair_FollowsTheArrows(string user, string used, bool isAllowed) =>
        Assert.Equal(isAllowed, FolderRules.Refuse(user, used) is null);

    // Assert.Empty cuts its list short, and here the list is the message.
    private static void AssertNone(IEnumerable<string> offences) =>
        Assert.True(!offences.Any(), string.Join('\n', offences.Distinct()));

    private static IEnumerable<(string Use, string Reason)> FolderOffences() =>
        from path in SourceTree.Files("src/Edge")
        let user = path.Split('/')[2]
        from used in FoldersNamedIn(path).Distinct()
        let reason = FolderRules.Refuse(user, used)
        where reason is not null
        select ($"{path} -> {used}", reason);

    private static IEnumerable<string> FoldersNamedIn(string path)
    {
        string code = SourceTree.ReadCode(path);
        IEnumerable<string> whole = OurNamespace().Matches(code).Select(static match => match.Value.Split('.')).Where(static parts => parts.Length > 2)
            .Select(static parts => parts[2]);

        // Inside our namespace a name may begin at its folder; a member of that name is no folder.
        IEnumerable<string> shortened = ShortenedName().Matches(code).Select(static match => match.Groups[1].Value)
            .Where(folder => !Regex.IsMatch(code, $@"\w\??\s+{folder}\s*\{{"));
        return whole.Concat(shortened).Where(FolderRules.Arrows.ContainsKey);
    }

    [GeneratedRegex(@"\bVoltageSoda(?:\.\w+)+")]
    private static partial Regex OurNamespace();

    [GeneratedRegex(@"(?<![\w.])(?:Edge\.)?([A-Z]\w+)\.[A-Z]\w*")]
    private static partial Regex ShortenedName();

    [GeneratedRegex(@"\bnamespace\s+([\w.]+)")]
    private static partial Regex DeclaredNamespace();

    [GeneratedRegex(
        @"\b(?:Task|ValueTask)\b(?!Scheduler)|\basync\b|\bawait\b|\b(?:File|Directory|Console|Stopwatch|Environment|ThreadPool|Thread|Socket)\.\w+"
        + @"|\bTimeProvider\.System\b|\bDateTime(?:Offset)?\.(?:Utc)?Now\b|\bILogger\b")]
    private static partial Regex ImpureWord();
}
