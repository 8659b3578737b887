using VoltageSoda.Edge.Cli;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Tests.Telemetry;

namespace VoltageSoda.Edge.Tests.Cli;

public sealed class PrintCommandTests
{
    [Fact]
    public async Task Print_Defaults_HasALineForEverySetting()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync("print");

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        string[] names = [.. run.Output.Split('\n').Where(static line => line.Contains('=') && line[0] != '#').Select(static line => line.Split('=')[0])];
        Assert.Equal(SettingTable.All.Select(static row => row.Name), names);
    }

    [Fact]
    public async Task Print_Secret_IsMasked()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync(
            [("KONG_DECLARATIVE_CONFIG_STRING", "a-very-secret-document"), ("KONG_SSL_CERT_KEY", "a-very-secret-key")], "print", "--origin");

        Assert.DoesNotContain("a-very-secret", run.Output + run.Error, StringComparison.Ordinal);
        Assert.Contains("KONG_SSL_CERT_KEY=******", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Print_Origin_SaysWhichLayerWon()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "edge.conf");
        await File.WriteAllTextAsync(file, "pool_idle = 7s\nEDGE_POOL_IDLE = 7s\nEDGE_LIMIT_BODY = 1MiB\nEDGE_MAX_HOPS = 3\n");

        CapturedTerminal run = await CapturedTerminal.RunAsync(
            [("EDGE_SETTINGS", file), ("EDGE_LIMIT_BODY", "2MiB"), ("EDGE_MAX_HOPS", "4"), ("KONG_NGINX_WORKER_PROCESSES", "3")],
            "print", "--origin", "--set", "EDGE_MAX_HOPS=5");

        Assert.Matches(@"\nEDGE_POOL_IDLE=7s +# settings file ", run.Output);
        Assert.Matches(@"\nEDGE_LIMIT_BODY=2MiB +# environment\n", run.Output);
        Assert.Matches(@"\nEDGE_MAX_HOPS=5 +# command line\n", run.Output);
        Assert.Matches(@"\nEDGE_LOOPS=3 +# environment, as KONG_NGINX_WORKER_PROCESSES\n", run.Output);
        Assert.Matches(@"\nEDGE_TRANSPORT=auto +# default\n", run.Output);
    }

    [Fact]
    public async Task Print_BadValue_IsToldAndTheDefaultShown()
    {
        CapturedTerminal run = await CapturedTerminal.RunAsync([("EDGE_POOL_IDLE", "soon")], "print", "--origin");

        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.Contains("EDGE_POOL_IDLE", run.Error, StringComparison.Ordinal);
        Assert.Matches(@"\nEDGE_POOL_IDLE=55s +# default\n", run.Output);
    }
}
