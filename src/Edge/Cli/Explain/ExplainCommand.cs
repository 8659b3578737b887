using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Hosting;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Cli.Explain;

/// <summary><c>voltage-edge explain</c>: what the data plane decides about a request, and why; nothing is sent.</summary>
internal static class ExplainCommand
{
    private static readonly TimeSpan NameWait = TimeSpan.FromSeconds(3);

    public static Command Create(Terminal terminal)
    {
        Argument<string> method = new("METHOD") { Description = "Method of the request." };
        Argument<string> url = new("URL") { Description = "URL, or a path that the first listener gets." };
        Words.RefuseOptions(method);
        Words.RefuseOptions(url);
        Option<string[]> headers = new("--header", "-H")
        {
            Description = "A header field; may be repeated.",
            HelpName = "Name: value",
        };
        Option<IPAddress> client = new("--client-ip")
        {
            Description = "Address that connects (default 127.0.0.1).",
            HelpName = "IP",
            CustomParser = ParseAddress,
            DefaultValueFactory = static _ => IPAddress.Loopback,
        };
        Option<string[]> config = new("--config", "-c")
        {
            Description = "Files or folders instead of those that the settings name.",
            HelpName = "PATH",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string> output = new("--output", "-o")
        {
            Description = "How it is printed.",
            HelpName = "text|json",
            DefaultValueFactory = static _ => "text",
        };
        output.AcceptOnlyFromAmong("text", "json");
        Command command = new(
            "explain", "Say what becomes of a request and why, from the data plane's own code. Nothing is sent and nothing is counted.")
        {
            method, url, headers, client, config, output,
        };
        command.SetAction((parsed, _) => RunAsync(
            SettingOverrides.Read(parsed, terminal),
            parsed.GetValue(config) ?? [],
            RequestLine.Parse(parsed.GetValue(method)!, parsed.GetValue(url)!, parsed.GetValue(headers) ?? [], parsed.GetValue(client)!),
            parsed.GetValue(output)!,
            terminal));
        return command;
    }

    public static async Task<int> RunAsync(
        EdgeSettings settings, IReadOnlyList<string> paths, RequestLine request, string format, Terminal terminal)
    {
        LoadResult loaded = new ConfigSource(settings, paths).Load();
        if (loaded.Refused)
        {
            ConfigDiagnostic[] refusing = [.. loaded.Findings.Where(static finding => finding.Refuses)];
            await terminal.Error.WriteAsync(DiagnosticText.Text(refusing));
            return ExitCodes.Refused;
        }

        await using NameResolver resolver = new(EdgeHost.ResolverOptions(settings), TimeProvider.System, new DnsNameClient());
        await using Explainer explainer = new(settings, loaded, resolver, NameWait, TimeProvider.System);
        Explanation explanation = await explainer.ExplainAsync(request);
        if (format == "json")
        {
            await terminal.Output.WriteLineAsync(ExplanationJson.Render(explanation));
        }
        else
        {
            await terminal.Output.WriteAsync(ExplanationText.Render(explanation));
        }

        return ExitCodes.Ok;
    }

    private static IPAddress? ParseAddress(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (IPAddress.TryParse(text, out IPAddress? address))
        {
            return address;
        }

        result.AddError($"--client-ip {text}: no IP address.");
        return null;
    }
}
