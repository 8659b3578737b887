using System.Net.Sockets;
using VoltageSoda.Edge.Cli;
using VoltageSoda.Edge.TestKit;
using VoltageSoda.Edge.Tests.Configuration;
using VoltageSoda.Edge.Tests.Telemetry;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>What may come in between while the edge starts: signals while it reads its configuration, and addresses it cannot have.</summary>
[Collection("process")]
public sealed class StartSignalTests : IDisposable
{
    private const int Sighup = 1;
    private const int Sigint = 2;
    private const int Sigquit = 3;
    private const int Sigusr1 = 10;
    private const int Sigterm = 15;
    private const string Document = "_format_version: \"3.0\"\nservices:\n- {name: s, host: a.test}\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Sigterm)]
    [InlineData(Sigint)]
    [InlineData(Sigquit)]
    public async Task Stop_WhileTheConfigurationLoads_EndsAtOnceWithoutAnError(int signal)
    {
        string file = Write("kong.yml", Document);
        using HeldFile held = await HeldFile.TakeAsync(file);
        await using ChildProcess process = Start(file);
        await held.OpenedAsync();
        process.Signal(signal);
        Assert.Equal(0, await process.ExitCodeAsync());
        Assert.DoesNotContain("listening on", process.Output);
    }

    [Fact]
    public async Task ReloadAndReopen_WhileTheConfigurationLoads_AreSurvivedAndTheReloadDone()
    {
        string file = Write("kong.yml", Document);
        HeldFile held = await HeldFile.TakeAsync(file);
        await using ChildProcess process = Start(file);
        await held.OpenedAsync();
        process.Signal(Sigusr1);
        process.Signal(Sighup);
        held.Dispose();
        await process.PrintedAsync("ready after");
        await Eventually.TrueAsync(() => process.Output.Split(" published\n").Length > 2, "the configuration is published a second time");
        process.Signal(Sigquit);
        Assert.Equal(0, await process.ExitCodeAsync());
    }

    [Theory]
    [InlineData(Sigint)]
    [InlineData(Sigquit)]
    public async Task Signals_IgnoredByWhoBeganIt_AreHandledAllTheSame(int signal)
    {
        await using ChildProcess process = ChildProcess.InBackground(Settings(Write("kong.yml", Document)), "run");
        await process.PrintedAsync("ready after");
        process.Signal(Sighup);
        await Eventually.TrueAsync(() => process.Output.Split(" published\n").Length > 2, "the configuration is published a second time");
        process.Signal(signal);
        Assert.Equal(0, await process.ExitCodeAsync());
    }

    [Theory]
    [InlineData("KONG_PROXY_LISTEN", false)]
    [InlineData("KONG_PROXY_LISTEN", true)]
    [InlineData("KONG_STATUS_LISTEN", false)]
    [InlineData("KONG_STATUS_LISTEN", true)]
    public async Task Listen_OnAFileThatIsNoSocket_IsRefusedAndTheFileStays(string setting, bool link)
    {
        string file = Write("data", "precious");
        string path = file;
        if (link)
        {
            path = Path.Combine(_folder.Path, "link");
            File.CreateSymbolicLink(path, file);
        }

        await RefusedAsync(setting, path);
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("KONG_PROXY_LISTEN")]
    [InlineData("KONG_STATUS_LISTEN")]
    public async Task Listen_OnTheSocketOfAnother_IsRefusedInOneLine(string setting)
    {
        string path = Path.Combine(_folder.Path, "s.sock");
        using Socket other = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(path));
        other.Listen();
        await RefusedAsync(setting, path);
        Assert.True(File.Exists(path));
    }

    [Theory]
    [InlineData("KONG_PROXY_LISTEN")]
    [InlineData("KONG_STATUS_LISTEN")]
    public Task Listen_InAFolderThatIsNotThere_IsRefusedInOneLine(string setting) =>
        RefusedAsync(setting, Path.Combine(_folder.Path, "nowhere", "s.sock"));

    private async Task RefusedAsync(string setting, string path)
    {
        (string, string)[] variables = [.. Settings(Write("kong.yml", Document)).Where(pair => pair.Item1 != setting), (setting, "unix:" + path)];
        CapturedTerminal run = await CapturedTerminal.RunAsync(variables, "run");
        Assert.Equal(ExitCodes.Failure, run.ExitCode);
        string[] lines = [.. run.Error.Split('\n').Where(static line => line.Length != 0 && !line.Contains(" VSE", StringComparison.Ordinal)
            && !line.Contains(" hint: ", StringComparison.Ordinal) && !line.Contains("warning", StringComparison.Ordinal))];
        Assert.Contains(path, Assert.Single(lines), StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static ChildProcess Start(string file) => new(Settings(file), "run");

    private static (string, string)[] Settings(string file) =>
    [
        ("KONG_PROXY_LISTEN", "127.0.0.1:0"), ("KONG_STATUS_LISTEN", "127.0.0.1:0"), ("KONG_ADMIN_LISTEN", "off"),
        ("KONG_ADMIN_GUI_LISTEN", "off"), ("KONG_PROXY_ACCESS_LOG", "off"), ("EDGE_LOOPS", "1"), ("EDGE_CONFIG_WATCH", "off"),
        ("KONG_DECLARATIVE_CONFIG", file),
    ];
}
