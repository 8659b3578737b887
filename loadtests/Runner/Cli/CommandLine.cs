using System.CommandLine;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Origin;
using VoltageSoda.Edge.LoadTests.Reports;
using VoltageSoda.Edge.LoadTests.Scenarios;

namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>The verbs of <c>edge-load</c>.</summary>
internal static class CommandLine
{
    public static RootCommand Build()
    {
        RootCommand root = AdHoc();
        root.Subcommands.Add(Named());
        root.Subcommands.Add(OriginVerb());
        root.Subcommands.Add(Bodies());
        root.Subcommands.Add(TokenVerb());
        root.Subcommands.Add(SlowCommand.Build());
        root.Subcommands.Add(TableCommand.Build());
        var machine = new Command("machine", "Print this machine's description");
        machine.SetAction(_ => Console.WriteLine(RunDescription.MachineName()));
        root.Subcommands.Add(machine);
        return root;
    }

    private static RootCommand AdHoc()
    {
        var root = new RootCommand("HTTP/1.1 load with honest latency: open model measured from the intended start, or closed model");
        var common = new LoadOptions();
        var method = new Option<string>("--method") { Description = "Request method", DefaultValueFactory = _ => "GET" };
        var bodySize = new Option<int>("--body-size")
        {
            Description = "Send a body of this size (64KiB, 1MiB, bytes)",
            CustomParser = result => LoadOptions.Parse(result, Values.Size),
        };
        var header = new Option<(string, string)[]>("--header", "-H")
        {
            Description = "A request field, 'Name: value'; repeatable",
            CustomParser = result => LoadOptions.Parse<(string, string)[]>(result, _ => [.. result.Tokens.Select(token => Values.Header(token.Value))]),
            Arity = ArgumentArity.ZeroOrMore,
        };
        var close = new Option<bool>("--close") { Description = "A connection per request, with Connection: close" };
        var status = new Option<int>("--expect-status") { Description = "The status that counts as a success", DefaultValueFactory = _ => 200 };
        var hash = new Option<string?>("--expect-body-sha256") { Description = "The body's SHA-256; every answer is then compared byte for byte" };
        var length = new Option<long?>("--expect-body-length") { Description = "The body's length" };
        common.AddTo(root);
        foreach (Option option in (Option[])[method, bodySize, header, close, status, hash, length])
        {
            root.Options.Add(option);
        }

        root.SetAction(parsed =>
        {
            var step = new Step("request", "")
            {
                Method = parsed.GetRequiredValue(method).ToUpperInvariant(),
                Headers = parsed.GetValue(header) ?? [],
                Body = OriginBodies.Of(parsed.GetValue(bodySize)),
                Expect = new Expectation
                {
                    Status = parsed.GetValue(status),
                    BodySha256 = parsed.GetValue(hash),
                    BodyLength = parsed.GetValue(length),
                },
            };
            Scenario scenario = common.Settings(parsed, token: null).Create("load", "", step) with { CloseEach = parsed.GetValue(close) };
            return LoadCommand.Run(common.Target(parsed), [common.Adjust(parsed, scenario)], common.Output(parsed));
        });
        return root;
    }

    private static Command Named()
    {
        var names = new Argument<string[]>("names") { Description = "Which: " + string.Join(", ", ScenarioCatalog.Names), Arity = ArgumentArity.OneOrMore };
        names.AcceptOnlyFromAmong([.. ScenarioCatalog.Names]);
        var command = new Command("scenario", "Run named scenarios side by side against an origin of this tool (or a proxy before one)") { names };
        var common = new LoadOptions();
        var token = new Option<string?>("--token-env") { Description = "Environment variable that holds the bearer token for backend-plugins" };
        common.AddTo(command);
        command.Options.Add(token);
        command.SetAction(parsed =>
        {
            string? bearer = parsed.GetValue(token) is { } variable ? Environment.GetEnvironmentVariable(variable) : null;
            ScenarioSettings settings = common.Settings(parsed, bearer);
            Scenario[] scenarios =
                [.. parsed.GetRequiredValue(names).Select(name => common.Adjust(parsed, ScenarioCatalog.Create(name, settings)))];
            return LoadCommand.Run(common.Target(parsed), scenarios, common.Output(parsed));
        });
        return command;
    }

    private static Command OriginVerb()
    {
        var port = new Option<int>("--port") { Description = "Port on 127.0.0.1; 0 lets the system choose", DefaultValueFactory = _ => 0 };
        var threads = new Option<int>("--threads") { Description = "Loop threads", DefaultValueFactory = _ => 1 };
        var command = new Command("origin", "Serve the fixed bodies /1k, /64k and /1m until stopped") { port, threads };
        command.SetAction(async (parsed, cancelled) =>
        {
            using var server = new OriginServer(parsed.GetValue(port), parsed.GetValue(threads));
            Console.WriteLine($"origin on http://127.0.0.1:{server.Port}");
            await Task.Delay(Timeout.Infinite, cancelled).ContinueWith(_ => { }, TaskScheduler.Default);
            return ExitCode.Passed;
        });
        return command;
    }

    private static Command Bodies()
    {
        var folder = new Argument<string>("folder") { Description = "Where the files go; it is created" };
        var command = new Command("bodies", "Write the fixed bodies as files, for another origin to serve, and print their SHA-256") { folder };
        command.SetAction(parsed =>
        {
            Directory.CreateDirectory(parsed.GetRequiredValue(folder));
            foreach ((string name, int size) in OriginBodies.Sizes)
            {
                File.WriteAllBytes(Path.Combine(parsed.GetRequiredValue(folder), name), OriginBodies.Of(size));
                Console.WriteLine($"{OriginBodies.HashOf(size)}  {name}");
            }
        });
        return command;
    }

    private static Command TokenVerb()
    {
        var secret = new Option<string>("--secret-env") { Description = "Environment variable that holds the HS256 secret", Required = true };
        var issuer = new Option<string>("--issuer") { Description = "The iss claim: the key of the consumer's credential", Required = true };
        var lifetime = new Option<TimeSpan>("--lifetime")
        {
            Description = "Until the token expires (default 55m)",
            CustomParser = result => LoadOptions.Parse(result, Values.Duration),
            DefaultValueFactory = _ => TimeSpan.FromMinutes(55),
        };
        var command = new Command("token", "Print a signed token with iss, nbf and exp") { secret, issuer, lifetime };
        command.SetAction(parsed =>
        {
            string? key = Environment.GetEnvironmentVariable(parsed.GetRequiredValue(secret));
            if (string.IsNullOrEmpty(key))
            {
                Console.Error.WriteLine($"edge-load: {parsed.GetRequiredValue(secret)} is not set.");
                return ExitCode.Usage;
            }

            Console.WriteLine(BearerToken.Sign(parsed.GetRequiredValue(issuer), key, TimeProvider.System.GetUtcNow(), parsed.GetValue(lifetime)));
            return ExitCode.Passed;
        });
        return command;
    }
}
