using System.Text;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Tests.Telemetry;

/// <summary>Keeps what is written; can be closed like a valve or made to fail.</summary>
internal sealed class MemorySink : LogSink
{
    private readonly StringBuilder _text = new();
    private readonly ManualResetEventSlim _open = new(initialState: true);

    public bool Failing { get; set; }

    /// <summary>Set when a write waits at the closed valve.</summary>
    public ManualResetEventSlim Blocked { get; } = new();

    public int Writes { get; private set; }

    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Waits for the sink to have been written to so many times.</summary>
    public bool WaitForWrites(int count, TimeSpan timeout)
    {
        lock (_text)
        {
            while (Writes < count)
            {
                if (!Monitor.Wait(_text, timeout))
                {
                    return Writes >= count;
                }
            }

            return true;
        }
    }

    public void Close() => _open.Reset();

    public void Open() => _open.Set();

    public override void Write(ReadOnlySpan<byte> lines)
    {
        if (!_open.IsSet)
        {
            Blocked.Set();
            _open.Wait();
        }

        if (Failing)
        {
            throw new IOException("no space");
        }

        lock (_text)
        {
            Writes++;
            _text.Append(Encoding.UTF8.GetString(lines));
            Monitor.PulseAll(_text);
        }
    }

    public override void Dispose()
    {
    }
}
