using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace VoltageSoda.Edge.Tests.Telemetry;

/// <summary>A strict, slow reader of the Prometheus text format 0.0.4: what it refuses, a scraper might refuse.</summary>
internal sealed partial class ExpositionParser
{
    private ExpositionParser()
    {
    }

    public Dictionary<string, Family> Families { get; } = [];

    /// <summary>Families in the order they appear.</summary>
    public List<string> Order { get; } = [];

    public static ExpositionParser Parse(string text)
    {
        Assert.EndsWith("\n", text);
        var parser = new ExpositionParser();
        var seen = new HashSet<string>();
        Family? current = null;
        foreach (string line in text[..^1].Split('\n'))
        {
            Assert.NotEqual("", line);
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                string name = line.Split(' ')[2];
                Assert.Matches(Name(), name);
                Assert.False(parser.Families.ContainsKey(name), $"{name} appears twice");
                current = new Family(name, line["# HELP ".Length..][(name.Length + 1)..]);
                parser.Families.Add(name, current);
                parser.Order.Add(name);
                continue;
            }

            Assert.NotNull(current);
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                string[] parts = line.Split(' ');
                Assert.Equal(current.Name, parts[2]);
                Assert.Empty(current.Samples);
                current.Type = parts[3];
                Assert.Contains(current.Type, new[] { "counter", "gauge", "histogram" });
                continue;
            }

            Sample sample = ParseSample(line);
            string family = current.Type == "histogram" ? Suffix().Replace(sample.Name, "") : sample.Name;
            Assert.Equal(current.Name, family);
            Assert.True(seen.Add(line[..line.LastIndexOf(' ')]), $"sample twice: {line}");
            current.Samples.Add(sample);
        }

        return parser;
    }

    /// <summary>The value of the one sample with these labels.</summary>
    public long Value(string name, params (string Label, string Value)[] labels)
    {
        string family = Families.ContainsKey(name) ? name : Suffix().Replace(name, "");
        Assert.True(Families.ContainsKey(family), $"no family {family}");
        return Assert.Single(Families[family].Samples, sample => sample.Name == name && sample.Labels.SequenceEqual(labels)).Value;
    }

    private static Sample ParseSample(string line)
    {
        int at = line.IndexOfAny(['{', ' ']);
        string name = line[..at];
        Assert.Matches(Name(), name);
        var labels = new List<(string, string)>();
        if (line[at] == '{')
        {
            at++;
            while (line[at] != '}')
            {
                int equals = line.IndexOf('=', at);
                string label = line[at..equals];
                Assert.Matches(Label(), label);
                Assert.Equal('"', line[equals + 1]);
                (string value, at) = ParseValue(line, equals + 2);
                labels.Add((label, value));
                if (line[at] == ',')
                {
                    at++;
                    Assert.NotEqual('}', line[at]);
                }
            }

            at++;
        }

        Assert.Equal(' ', line[at]);
        return new Sample(name, labels, long.Parse(line[(at + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }

    private static (string Value, int Next) ParseValue(string line, int at)
    {
        var value = new StringBuilder();
        while (line[at] != '"')
        {
            if (line[at] == '\\')
            {
                at++;
                value.Append(line[at] switch
                {
                    'n' => '\n',
                    '\\' => '\\',
                    '"' => '"',
                    _ => throw new FormatException($"bad escape in {line}"),
                });
            }
            else
            {
                value.Append(line[at]);
            }

            at++;
        }

        return (value.ToString(), at + 1);
    }

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
    private static partial Regex Name();

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*$")]
    private static partial Regex Label();

    [GeneratedRegex("_(bucket|count|sum)$")]
    private static partial Regex Suffix();

    internal sealed record Sample(string Name, List<(string Label, string Value)> Labels, long Value);

    internal sealed class Family(string name, string help)
    {
        public string Name { get; } = name;

        public string Help { get; } = help;

        public string Type { get; set; } = "";

        public List<Sample> Samples { get; } = [];
    }
}
