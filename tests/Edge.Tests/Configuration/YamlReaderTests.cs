using System.Text;
using CsCheck;
using VoltageSoda.Edge.Configuration.Yaml;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class YamlReaderTests
{
    private static readonly string[] Tokens =
    [
        "a", ": ", "- ", "\n", "  ", "\t", "{", "}", "[", "]", ",", "&x ", "*x", "<<", "|", ">", "'", "\"", "#", "!!int ", "!", "---\n", "...\n", "? ", "\\", "\0", "é", "\ud800", "%YAML 1.2\n", "0x", "1:2", "@", "`", "~", "\r\n", "\u2028", "\uFEFF",
    ];

    [Fact]
    public void Read_Mapping_LocatesKeysAndValues()
    {
        YamlMapping root = Map("a: 1\nbb:\n  - x\n  - y: 2\n");
        Assert.Equal(new SourceSpan("f.yml", 1, 1), root.Span);
        Assert.Equal((1, 4), Place(root["a"]!));
        YamlEntry list = root.Find("bb")!;
        Assert.Equal(new SourceSpan("f.yml", 2, 1), list.KeySpan);
        YamlSequence items = Assert.IsType<YamlSequence>(list.Value);
        Assert.Equal((3, 5), Place(items.Items[0]));
        Assert.Equal((4, 5), Place(items.Items[1]));
        Assert.Equal((4, 8), Place(((YamlMapping)items.Items[1])["y"]!));
    }

    // YAML 1.1 as lyaml takes it.
    [Theory]
    [InlineData("true", YamlScalarType.Boolean, 1)]
    [InlineData("Yes", YamlScalarType.Boolean, 1)]
    [InlineData("ON", YamlScalarType.Boolean, 1)]
    [InlineData("no", YamlScalarType.Boolean, 0)]
    [InlineData("off", YamlScalarType.Boolean, 0)]
    [InlineData("y", YamlScalarType.String, 0)]
    [InlineData("yEs", YamlScalarType.String, 0)]
    [InlineData("~", YamlScalarType.Null, 0)]
    [InlineData("null", YamlScalarType.Null, 0)]
    [InlineData("", YamlScalarType.Null, 0)]
    [InlineData("0", YamlScalarType.Integer, 0)]
    [InlineData("12", YamlScalarType.Integer, 12)]
    [InlineData("-12", YamlScalarType.Integer, -12)]
    [InlineData("1_000", YamlScalarType.Integer, 1000)]
    [InlineData("010", YamlScalarType.Integer, 8)]
    [InlineData("08", YamlScalarType.Integer, 8)]
    [InlineData("0x1F", YamlScalarType.Integer, 31)]
    [InlineData("0b101", YamlScalarType.Integer, 5)]
    [InlineData("190:20:30", YamlScalarType.Integer, 685230)]
    [InlineData("3.0", YamlScalarType.Float, 3)]
    [InlineData("1e3", YamlScalarType.Float, 1000)]
    [InlineData("-.5", YamlScalarType.Float, -0.5)]
    [InlineData("1.1.1", YamlScalarType.String, 0)]
    [InlineData("10s", YamlScalarType.String, 0)]
    [InlineData("127.0.0.1:8000", YamlScalarType.String, 0)]
    [InlineData("2024-01-01", YamlScalarType.String, 0)]
    [InlineData("-", YamlScalarType.String, 0)]
    [InlineData("+", YamlScalarType.String, 0)]
    [InlineData("0x", YamlScalarType.String, 0)]
    [InlineData("1:99", YamlScalarType.String, 0)]
    public void Read_PlainScalar_HasTheTypeKongGivesIt(string text, YamlScalarType type, double number)
    {
        (YamlScalarType actual, double value) = YamlScalarRules.Plain(text);
        Assert.Equal(type, actual);
        if (type is YamlScalarType.Integer or YamlScalarType.Float or YamlScalarType.Boolean)
        {
            Assert.Equal(number, value);
        }
    }

    [Fact]
    public void Read_QuotedAndTagged_AreWhatTheySay()
    {
        YamlMapping root = Map("a: 'yes'\nb: \"12\"\nc: !!str 12\nd: !!int \"12\"\ne: !!bool on\nf: |\n  true\n");
        Assert.Equal(["string", "string", "string", "integer", "boolean", "string"], root.Entries.Select(entry => entry.Value.TypeName));
        Assert.Equal("true\n", ((YamlScalar)root["f"]!).Text);
    }

    [Fact]
    public void Read_DuplicateKey_KeepsBothAndTellsTheSecond()
    {
        YamlStream stream = YamlReader.Read("f.yml", "a:\n  b: 1\n  c: 2\n  b: 3\n");
        YamlProblem problem = Assert.Single(stream.Problems);
        Assert.Equal((YamlProblemKind.DuplicateKey, new SourceSpan("f.yml", 4, 3), "a.b"), (problem.Kind, problem.Span, problem.Path));
        Assert.Contains("first at line 2", problem.Message);
        YamlMapping inner = (YamlMapping)((YamlMapping)stream.Documents[0])["a"]!;
        Assert.Equal(3, inner.Entries.Count);
        Assert.Equal("3", ((YamlScalar)inner["b"]!).Text);
        Assert.Equal(["b", "c"], inner.Distinct.Select(entry => entry.Key));
        Assert.True(stream.IsComplete);
    }

    [Fact]
    public void Read_AnchorsAndMergeKeys_AreResolved()
    {
        YamlMapping root = Map("base: &b {x: 1, y: 2}\none:\n  <<: *b\n  y: 3\ntwo:\n  y: 4\n  <<: [*b, {z: 5}]\nthree: *b\n");
        Assert.Equal(("1", "3"), (Text(root, "one", "x"), Text(root, "one", "y")));
        Assert.Equal(("4", "5"), (Text(root, "two", "y"), Text(root, "two", "z")));
        Assert.Same(root["base"], root["three"]);
        Assert.Empty(YamlReader.Read("f.yml", "b: &b {x: 1}\nc:\n  <<: *b\n  x: 2\n").Problems);
    }

    [Theory]
    [InlineData("a: *nowhere\n", 1, 4)]
    [InlineData("a: &x [*x]\n", 1, 8)]
    [InlineData("a:\n  <<: 5\n", 2, 7)]
    [InlineData("a: [1, 2\nb: 3\n", 1, 7)]
    [InlineData("a: 'open\n", 1, 4)]
    [InlineData("a: 1\n\tb: 2\n", 1, 4)]
    [InlineData("? [a]\n: 1\n", 1, 3)]
    [InlineData("a: b: c\n", 1, 5)]
    public void Read_NotYaml_LocatesTheError(string text, int line, int column)
    {
        YamlStream stream = YamlReader.Read("f.yml", text);
        YamlProblem problem = Assert.Single(stream.Problems, problem => problem.Kind == YamlProblemKind.Syntax);
        Assert.Equal(line, problem.Span.Line);
        Assert.InRange(problem.Span.Column, 1, column + 6);
        Assert.False(stream.IsComplete);
        Assert.False(problem.Message.StartsWith('('), problem.Message);
    }

    [Fact]
    public void Read_SeveralDocuments_GivesEach()
    {
        YamlStream stream = YamlReader.Read("f.yml", "---\na: 1\n---\n---\n# only a comment\n---\n- b\n...\n");
        Assert.Equal(["map", "array"], stream.Documents.Select(document => document.TypeName));
        Assert.Equal((7, 1), Place(stream.Documents[1]));
    }

    [Fact]
    public void Read_AnchorOfAnotherDocument_IsUnknown() =>
        Assert.False(YamlReader.Read("f.yml", "a: &x 1\n---\nb: *x\n").IsComplete);

    [Fact]
    public void Read_BillionLaughs_StopsAtTheLimit()
    {
        StringBuilder text = new("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++)
        {
            text.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        YamlStream stream = YamlReader.Read("f.yml", text.ToString());
        YamlProblem problem = Assert.Single(stream.Problems);
        Assert.Equal(YamlProblemKind.Limit, problem.Kind);
        Assert.InRange(problem.Span.Line, 5, 8);
    }

    [Fact]
    public void Read_MergeBomb_StopsAtTheLimit()
    {
        StringBuilder text = new("a0: &a0 {" + string.Join(", ", Enumerable.Range(0, 40).Select(i => $"k{i}: [x, x, x, x, x, x, x, x]")) + "}\n");
        for (int i = 1; i < 9; i++)
        {
            text.Append($"a{i}: &a{i} {{" + string.Join(", ", Enumerable.Range(0, 10).Select(j => $"m{j}: {{<<: *a{i - 1}}}")) + "}\n");
        }

        Assert.Equal(YamlProblemKind.Limit, Assert.Single(YamlReader.Read("f.yml", text.ToString()).Problems).Kind);
    }

    [Theory]
    [InlineData("f.yml")]
    [InlineData("f.json")]
    public void Read_TooDeep_StopsAtTheLimit(string file)
    {
        YamlStream stream = YamlReader.Read(file, new string('[', 5000) + new string(']', 5000));
        Assert.False(stream.IsComplete);
        Assert.Empty(stream.Documents);
    }

    [Fact]
    public void Read_Json_GivesTheSameTreeWithPlaces()
    {
        YamlStream stream = YamlReader.Read("f.json", "{\n\t\"a\": [1, 2.5, true, null, \"\\u00e9\\/\"],\n\t\"é\": {\"b\": \"x\"}, \"a\": {}\n}");
        YamlMapping root = (YamlMapping)Assert.Single(stream.Documents);
        YamlSequence list = (YamlSequence)root.Entries[0].Value;
        Assert.Equal(["integer", "number", "boolean", "null", "string"], list.Items.Select(item => item.TypeName));
        Assert.Equal("é/", ((YamlScalar)list.Items[4]).Text);
        Assert.Equal((2, 7), Place(list));
        Assert.Equal((3, 13), Place(((YamlMapping)root["é"]!)["b"]!));
        YamlProblem problem = Assert.Single(stream.Problems);
        Assert.Equal((YamlProblemKind.DroppedBlock, "duplicate key 'a' (first at line 2), and the first one's array would be dropped"), (problem.Kind, problem.Message));
    }

    [Theory]
    [InlineData("{\"a\": 1,}", 1)]
    [InlineData("{\"a\": 1}\n{}", 2)]
    [InlineData("{\n// no\n}", 2)]
    [InlineData("{\"a\": \"\\ud800\"}", 1)]
    [InlineData("{'a': 1}", 1)]
    public void Read_NotJson_LocatesTheError(string text, int line)
    {
        YamlStream stream = YamlReader.Read("f.json", text);
        YamlProblem problem = Assert.Single(stream.Problems);
        Assert.Equal((YamlProblemKind.Syntax, line), (problem.Kind, problem.Span.Line));
        Assert.DoesNotContain("LineNumber", problem.Message);
    }

    [Theory]
    [InlineData("a:\n\tb: 1\n", 2)]
    [InlineData("hosts:\n  - *.example.com\n", 2)]
    [InlineData("a: @home\n", 1)]
    [InlineData("a: %x\n", 1)]
    public void ReadLenient_BrokenText_IsRepairedAndTold(string text, int line)
    {
        Assert.False(YamlReader.Read("f.yml", text).IsComplete);
        YamlStream stream = YamlReader.ReadLenient("f.yml", text);
        Assert.True(stream.IsComplete);
        YamlProblem problem = Assert.Single(stream.Problems);
        Assert.Equal((YamlProblemKind.Repaired, line), (problem.Kind, problem.Span.Line));
        Assert.NotEmpty(stream.Documents);
    }

    [Fact]
    public void ReadLenient_BeyondRepair_KeepsTheFirstError()
    {
        YamlStream stream = YamlReader.ReadLenient("f.yml", "a: [\n\tb: 1\n");
        Assert.Equal(YamlProblemKind.Syntax, Assert.Single(stream.Problems).Kind);
    }

    [Fact]
    public void Read_AnyText_NeverThrows()
    {
        Gen<string> soup = Gen.Int[0, Tokens.Length - 1].Select(index => Tokens[index])
            .Array[0, 40].Select(string.Concat);
        Gen<string> any = Gen.OneOf(soup, Gen.String[0, 60]);
        any.Sample(
            text =>
            {
                foreach (string file in (string[])["f.yml", "f.json"])
                {
                    YamlStream stream = YamlReader.ReadLenient(file, text);
                    foreach (YamlProblem problem in stream.Problems)
                    {
                        Assert.True(problem.Span.Line >= 1 && problem.Span.Column >= 1);
                    }

                    Assert.All(stream.Documents, node => Assert.True(node.Span.Line >= 1));
                }
            },
            iter: 20_000);
    }

    [Fact]
    public void Read_MutatedSample_NeverThrowsAndNeverHangs()
    {
        string sample = File.ReadAllText(Loading.SampleFile);
        Gen.Select(Gen.Int[0, sample.Length - 1], Gen.Char, Gen.Int[0, 20], Gen.Bool).Sample(
            (at, c, length, insert) =>
            {
                string text = insert ? sample.Insert(at, c.ToString()) : sample.Remove(at, Math.Min(length, sample.Length - at));
                _ = Loading.Text(text, Loading.SampleSecrets).Findings.Count;
            },
            iter: 300);
    }

    private static YamlMapping Map(string text)
    {
        YamlStream stream = YamlReader.Read("f.yml", text);
        Assert.Empty(stream.Problems);
        return Assert.IsType<YamlMapping>(Assert.Single(stream.Documents));
    }

    private static (int, int) Place(YamlNode node) => (node.Span.Line, node.Span.Column);

    private static string Text(YamlMapping root, string outer, string inner) => ((YamlScalar)((YamlMapping)root[outer]!)[inner]!).Text;
}
