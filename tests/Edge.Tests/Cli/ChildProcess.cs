using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace VoltageSoda.Edge.Tests.Cli;

/// <summary>voltage-edge as a process of its own. Disposing kills one that still runs.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    public ChildProcess((string Name, string Value)[] variables, params string[] args)
        : this(new ProcessStartInfo("dotnet"), variables, args)
    {
    }

    /// <summary>As a background job of a script, and nohup, begin it: SIGHUP, SIGINT and SIGQUIT are ignored.</summary>
    public static ChildProcess InBackground((string Name, string Value)[] variables, params string[] args)
    {
        ProcessStartInfo start = new("sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("trap '' HUP INT QUIT; exec dotnet \"$0\" \"$@\"");
        return new ChildProcess(start, variables, args);
    }

    private ChildProcess(ProcessStartInfo start, (string Name, string Value)[] variables, string[] args)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "voltage-edge.dll"));
        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        foreach (string name in start.Environment.Keys.Where(static name => name.StartsWith("KONG_", StringComparison.Ordinal)
            || name.StartsWith("EDGE_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Exited += (_, _) => _ended.TrySetResult();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has printed so far, on both streams.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Resident memory, bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Waits until it has printed a text; fails when it ends before.</summary>
    public async Task PrintedAsync(string text)
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_output)
        {
            if (_output.ToString().Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            _awaited.Add((text, seen));
        }

        await Task.WhenAny(seen.Task, _ended.Task).WaitAsync(Patience);
        Assert.True(Output.Contains(text, StringComparison.Ordinal), $"'{text}' was not printed before the end: {Output}");
    }

    /// <summary>Sends a signal by its number.</summary>
    public void Signal(int number) => Assert.Equal(0, Kill(_process.Id, number));

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Append(line).Append('\n');
            string text = _output.ToString();
            foreach ((_, TaskCompletionSource seen) in _awaited.Where(awaited => text.Contains(awaited.Text, StringComparison.Ordinal)))
            {
                seen.TrySetResult();
            }
        }
    }
}
