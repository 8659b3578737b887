using System.CommandLine;
using System.CommandLine.Parsing;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Running;
using VoltageSoda.Edge.LoadTests.Scenarios;

namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>The options that the ad-hoc load and the named scenarios share, and what they come to.</summary>
internal sealed class LoadOptions
{
    private readonly Option<Target> _url = new("--url")
    {
        Description = "Where the load goes: http://host:port, and a path that is put before each request's own",
        Required = true,
        CustomParser = result => Parse(result, text => new Target(new Uri(text, UriKind.Absolute))),
    };

    private readonly Option<double?> _rate = new("--rate") { Description = "Open model: requests started per second (default 1000)" };
    private readonly Option<bool> _closed = new("--closed") { Description = "Closed model: every connection always has one request in flight" };

    private readonly Option<TimeSpan> _duration = Duration("--duration", "Measured time", 30);
    private readonly Option<TimeSpan> _warmUp = Duration("--warmup", "Load before the measurement, thrown away", 2);
    private readonly Option<TimeSpan> _timeout = Duration("--timeout", "A request that takes longer is an error", 10);
    private readonly Option<int?> _connections = new("--connections", "-c") { Description = "Connections (default 64, or the scenario's own)" };
    private readonly Option<int> _threads = new("--threads") { Description = "Loop threads", DefaultValueFactory = _ => 1 };

    private readonly Option<HeaderRule[]> _expectHeader = new("--expect-header")
    {
        Description = "A field each answer must carry: 'Name' or 'Name: value'; repeatable",
        CustomParser = result => [.. result.Tokens.Select(token => HeaderRule.Parse(token.Value))],
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<Threshold[]> _thresholds = new("--threshold")
    {
        Description = "What must hold, such as 'p95<100ms', 'rps>=9900'; repeatable (errors==0 always)",
        CustomParser = result => Parse<Threshold[]>(result, _ => [.. result.Tokens.Select(token => Threshold.Parse(token.Value))]),
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _report = new("--report") { Description = "Folder for report.html and report.json" };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print one key=value line per scenario and nothing else" };

    private readonly Option<int?> _watch = new("--watch") { Description = "Process whose CPU time and memory are measured, with its children" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_url, _rate, _closed, _duration, _warmUp, _timeout, _connections, _threads, _expectHeader,
            _thresholds, _report, _quiet, _watch])
        {
            command.Options.Add(option);
        }
    }

    public Target Target(ParseResult parsed) => parsed.GetRequiredValue(_url);

    /// <summary>How the run is to be shown and what is to be watched.</summary>
    public LoadOutput Output(ParseResult parsed) => new(parsed.GetValue(_report), parsed.GetValue(_quiet), parsed.GetValue(_watch));

    /// <summary>The settings of a scenario.</summary>
    public ScenarioSettings Settings(ParseResult parsed, string? token) => new()
    {
        Rate = parsed.GetValue(_closed) ? null : parsed.GetValue(_rate) ?? 1000,
        Duration = parsed.GetValue(_duration),
        WarmUp = parsed.GetValue(_warmUp),
        Threads = parsed.GetValue(_threads),
        ExpectHeaders = parsed.GetValue(_expectHeader) ?? [],
        Token = token,
        Thresholds = [Threshold.Parse("errors==0"), .. parsed.GetValue(_thresholds) ?? []],
    };

    /// <summary>What the options change about a finished scenario.</summary>
    public Scenario Adjust(ParseResult parsed, Scenario scenario) => scenario with
    {
        Timeout = parsed.GetValue(_timeout),
        Connections = parsed.GetValue(_connections) ?? scenario.Connections,
    };

    /// <summary>Turns a reader's complaint into a usage error.</summary>
    public static T Parse<T>(ArgumentResult result, Func<string, T> read)
    {
        try
        {
            return read(result.Tokens.Count > 0 ? result.Tokens[0].Value : "");
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException or OverflowException or System.Net.Sockets.SocketException)
        {
            result.AddError(wrong.Message);
            return default!;
        }
    }

    private static Option<TimeSpan> Duration(string name, string description, double seconds) => new(name)
    {
        Description = $"{description} (default {seconds}s)",
        CustomParser = result => Parse(result, Values.Duration),
        DefaultValueFactory = _ => TimeSpan.FromSeconds(seconds),
    };
}
