using System.Runtime.InteropServices;
using System.Threading.Channels;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed partial class ConfigWatcherTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "edge-watch-" + Guid.NewGuid().ToString("N"));
    private readonly Channel<LoadResult> _results = Channel.CreateUnbounded<LoadResult>();
    private ConfigWatcher? _watcher;

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_watcher is not null)
        {
            await _watcher.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Watch_ConfigMapSwap_Reloads()
    {
        // As the kubelet does it: kong.yml -> ..data/kong.yml, ..data -> a dated folder, replaced by a rename.
        WriteVersion("..2024_01", "first.test");
        File.CreateSymbolicLink(Path.Combine(_folder, "..data"), "..2024_01");
        File.CreateSymbolicLink(Path.Combine(_folder, "kong.yml"), Path.Combine("..data", "kong.yml"));
        LoadResult first = Start(("KONG_DECLARATIVE_CONFIG", Path.Combine(_folder, "kong.yml")));
        Assert.Equal("first.test", first.Model!.Services[0].Host);

        WriteVersion("..2024_02", "second.test");
        File.CreateSymbolicLink(Path.Combine(_folder, "..data_tmp"), "..2024_02");
        Assert.Equal(0, Rename(Path.Combine(_folder, "..data_tmp"), Path.Combine(_folder, "..data")));
        Directory.Delete(Path.Combine(_folder, "..2024_01"), recursive: true);

        LoadResult second = await NextAsync();
        Assert.Equal("second.test", second.Model!.Services[0].Host);
        Assert.Single(second.Files);
    }

    [Fact]
    public async Task Watch_LinkPointedElsewhere_FollowsIt()
    {
        string outside = Directory.CreateTempSubdirectory("edge-watch-outside").FullName;
        try
        {
            File.WriteAllText(Path.Combine(outside, "one.yml"), Document("first.test"));
            Directory.CreateDirectory(Path.Combine(outside, "deep"));
            File.WriteAllText(Path.Combine(outside, "deep", "two.yml"), Document("third.test"));
            string link = Path.Combine(_folder, "kong.yml");
            File.CreateSymbolicLink(link, Path.Combine(outside, "one.yml"));
            Start(("KONG_DECLARATIVE_CONFIG", link));

            File.WriteAllText(Path.Combine(outside, "one.yml"), Document("second.test"));
            Assert.Equal("second.test", (await NextAsync()).Model!.Services[0].Host);

            File.CreateSymbolicLink(link + ".new", Path.Combine(outside, "deep", "two.yml"));
            Assert.Equal(0, Rename(link + ".new", link));
            Assert.Equal("third.test", (await NextAsync()).Model!.Services[0].Host);

            File.WriteAllText(Path.Combine(outside, "deep", "two.yml"), Document("fourth.test"));
            Assert.Equal("fourth.test", (await NextAsync()).Model!.Services[0].Host);
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public async Task Watch_FolderDeletedAndMadeAgain_FindsIt()
    {
        string folder = Path.Combine(_folder, "sub");
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, "kong.yml");
        File.WriteAllText(file, Document("first.test"));
        Start(("KONG_DECLARATIVE_CONFIG", file));

        Directory.Delete(folder, recursive: true);
        Assert.True((await NextAsync()).Refused);

        Directory.CreateDirectory(folder);
        File.WriteAllText(file, Document("second.test"));
        LoadResult next = await NextAsync();
        while (next.Refused)
        {
            next = await NextAsync();
        }

        Assert.Equal("second.test", next.Model!.Services[0].Host);
    }

    [Fact]
    public async Task Watch_FolderOfAConfigMap_LoadsEachFileOnce()
    {
        WriteVersion("..2024_01", "first.test");
        File.CreateSymbolicLink(Path.Combine(_folder, "..data"), "..2024_01");
        File.CreateSymbolicLink(Path.Combine(_folder, "kong.yml"), Path.Combine("..data", "kong.yml"));
        LoadResult first = Start(("EDGE_CONFIG", _folder));
        Assert.Single(first.Files);
        Assert.Single(first.Model!.Services);

        File.WriteAllText(Path.Combine(_folder, "more.yml"), "_format_version: \"3.0\"\nupstreams:\n- name: first.test\n  targets: [{target: 127.0.0.1:1}]\n");
        LoadResult second = await NextAsync();
        Assert.Equal(2, second.Files.Count);
        Assert.Single(second.Model!.Upstreams);
    }

    [Fact]
    public async Task Watch_SameContentWrittenAgain_SaysNothing()
    {
        string file = Path.Combine(_folder, "kong.yml");
        File.WriteAllText(file, Document("first.test"));
        Start(("KONG_DECLARATIVE_CONFIG", file));

        File.WriteAllText(file, Document("first.test"));
        File.WriteAllText(Path.Combine(_folder, "unrelated.log"), "x");
        File.WriteAllText(file, Document("second.test"));
        Assert.Equal("second.test", (await NextAsync()).Model!.Services[0].Host);

        File.WriteAllText(file, Document("second.test"));
        File.WriteAllText(file, Document("third.test"));
        Assert.Equal("third.test", (await NextAsync()).Model!.Services[0].Host);
        Assert.False(_results.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Watch_BadFileThenGoodOne_GivesBothResults()
    {
        string file = Path.Combine(_folder, "kong.yml");
        File.WriteAllText(file, Document("first.test"));
        Start(("KONG_DECLARATIVE_CONFIG", file));

        File.WriteAllText(file, "services: [");
        LoadResult bad = await NextAsync();
        Assert.True(bad.Refused);
        Assert.Null(bad.Model);

        File.WriteAllText(file, Document("second.test"));
        Assert.Equal("second.test", (await NextAsync()).Model!.Services[0].Host);
    }

    [Fact]
    public async Task Start_ChangedSinceTheLoad_ReloadsAtOnce()
    {
        string file = Path.Combine(_folder, "kong.yml");
        File.WriteAllText(file, Document("first.test"));
        ConfigSource source = new(EdgeSettings.From(("KONG_DECLARATIVE_CONFIG", file)));
        LoadResult first = source.Load();
        File.WriteAllText(file, Document("second.test"));
        Begin(source, first);
        Assert.Equal("second.test", (await NextAsync()).Model!.Services[0].Host);
    }

    [Fact]
    public async Task Dispose_Watching_EndsTheLoop()
    {
        string file = Path.Combine(_folder, "kong.yml");
        File.WriteAllText(file, Document("first.test"));
        Start(("KONG_DECLARATIVE_CONFIG", file));
        await _watcher!.DisposeAsync();
        Assert.True(_watcher.Completion.IsCompletedSuccessfully);
        _watcher = null;
    }

    [Fact]
    public async Task Dispose_WhileAReadHangs_DoesNotWaitForIt()
    {
        string file = Path.Combine(_folder, "kong.yml");
        File.WriteAllText(file, Document("first.test"));
        Start(("KONG_DECLARATIVE_CONFIG", file));
        using HeldFile held = await HeldFile.TakeAsync(file);
        File.WriteAllText(Path.Combine(_folder, "other.yml"), "");
        await held.OpenedAsync();
        await _watcher!.DisposeAsync().AsTask().WaitAsync(Patience);
        _watcher = null;
    }

    // File.Move follows a link to a folder, rename(2) does not.
    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    private LoadResult Start(params (string, string)[] variables)
    {
        ConfigSource source = new(EdgeSettings.From(variables));
        LoadResult first = source.Load();
        Assert.False(first.Refused, DiagnosticText.Text(first.Findings));
        Begin(source, first);
        return first;
    }

    private void Begin(ConfigSource source, LoadResult first)
    {
        _watcher = new ConfigWatcher(source, result => _results.Writer.WriteAsync(result), TimeProvider.System);
        _watcher.Start(first);
    }

    private Task<LoadResult> NextAsync() => _results.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    private void WriteVersion(string folder, string host)
    {
        Directory.CreateDirectory(Path.Combine(_folder, folder));
        File.WriteAllText(Path.Combine(_folder, folder, "kong.yml"), Document(host));
    }

    private static string Document(string host) => $"_format_version: \"3.0\"\nservices:\n- name: s\n  host: {host}\n";
}
