using System.Threading.Channels;

namespace VoltageSoda.Edge.Configuration;

/// <summary>
/// Watches the files of a <see cref="ConfigSource"/> and calls back when their content has changed: debounced, and a change that leaves the
/// content equal says nothing. A ConfigMap's <c>..data</c> swap is an event in its folder and counts. Callbacks never overlap. Dispose to stop;
/// thread-safe.
/// </summary>
public sealed class ConfigWatcher : IAsyncDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    // A folder that never comes to rest must not postpone a reload for ever.
    private const int MostQuietRounds = 10;

    private readonly ConfigSource _source;
    private readonly Func<LoadResult, ValueTask> _onChanged;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<FileSystemWatcher> _watchers = [];
    private readonly Channel<bool> _events = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
    {
        FullMode = BoundedChannelFullMode.DropWrite,
        SingleReader = true,
    });

    private Task _loop = Task.CompletedTask;
    private ITimer? _poll;
    private bool _watchAgain;
    private string _fingerprint = "";

    /// <summary>Prepares watching; <paramref name="onChanged"/> gets the new load result (which may be refused) and should not throw.</summary>
    public ConfigWatcher(ConfigSource source, Func<LoadResult, ValueTask> onChanged, TimeProvider clock)
    {
        _source = source;
        _onChanged = onChanged;
        _clock = clock;
    }

    /// <summary>Ends when watching does; faulted when the callback threw.</summary>
    public Task Completion => _loop;

    /// <summary>Begins watching; <paramref name="current"/> is what the files gave last. Call once.</summary>
    public void Start(LoadResult current)
    {
        _fingerprint = current.Fingerprint;
        Watch(current.Files);
        _loop = RunAsync();

        // What changed between the load and now raised no event.
        Signal();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        Unwatch();
        if (_poll is not null)
        {
            await _poll.DisposeAsync();
        }

        _stop.Dispose();
    }

    // A file is watched through its folder, since editors and ConfigMaps replace it, and a link also through the folder of what it points to.
    // Only folders that were named are watched with what is below them: that of a file may be the root of the file system.
    private void Watch(IEnumerable<string> files)
    {
        Unwatch();
        Dictionary<string, bool> folders = new(StringComparer.Ordinal);
        foreach (string path in _source.WatchedPaths.Concat(files.Where(File.Exists)))
        {
            foreach (string place in (string[])[Path.GetFullPath(path), DocumentFiles.RealPath(path)])
            {
                bool isFolder = Directory.Exists(place);
                string? folder = isFolder ? place : Path.GetDirectoryName(place);
                if (folder is not null)
                {
                    folders[folder] = isFolder || folders.GetValueOrDefault(folder);
                }
            }
        }

        foreach ((string folder, bool below) in folders)
        {
            Watch(folder, below);
        }
    }

    private void Unwatch()
    {
        _watchers.ForEach(watcher => watcher.Dispose());
        _watchers.Clear();
    }

    private void Watch(string folder, bool below)
    {
        try
        {
            FileSystemWatcher watcher = new(folder)
            {
                IncludeSubdirectories = below,
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
            };
            watcher.Changed += (_, _) => Signal();
            watcher.Created += (_, _) => Signal();
            watcher.Deleted += (_, _) => Signal();
            watcher.Renamed += (_, _) => Signal();
            watcher.Error += (_, _) =>
            {
                // Events were lost or the folder is gone: the loop looks again and watches what is there then.
                Volatile.Write(ref _watchAgain, true);
                Signal();
            };
            watcher.EnableRaisingEvents = true;
            _watchers.Add(watcher);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or PlatformNotSupportedException)
        {
            // No inotify instance left, or the folder is not there yet: looking now and then still finds changes.
            Poll();
        }
    }

    private void Poll() =>
        _poll ??= _clock.CreateTimer(static state => ((ConfigWatcher)state!).Signal(), this, PollInterval, PollInterval);

    private void Signal() => _events.Writer.TryWrite(true);

    private async Task RunAsync()
    {
        try
        {
            while (await _events.Reader.WaitToReadAsync(_stop.Token))
            {
                await SettleAsync();
                if (await AsideAsync(_source.CurrentFingerprint) == _fingerprint)
                {
                    if (Volatile.Read(ref _watchAgain))
                    {
                        Volatile.Write(ref _watchAgain, false);
                        Watch([]);
                        Signal();
                    }

                    continue;
                }

                LoadResult result = await AsideAsync(_source.Load);
                _fingerprint = result.Fingerprint;

                // Links may point elsewhere now; what changed before the new watchers stood is found by looking once more.
                Watch(result.Files);
                Signal();
                await _onChanged(result);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    // A file system that hangs must not keep the process from stopping.
    private Task<T> AsideAsync<T>(Func<T> read) => Task.Run(read).WaitAsync(_stop.Token);

    private async Task SettleAsync()
    {
        for (int round = 0; round < MostQuietRounds && _events.Reader.TryRead(out _); round++)
        {
            await Task.Delay(Quiet, _clock, _stop.Token);
        }
    }
}
