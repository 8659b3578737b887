using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>
/// <c>edge-load slow</c>: clients that begin a request and never end it. Each sends another byte of its head every five seconds and
/// comes back when it is thrown out, so that as many as asked for are always there. Their bytes are spread evenly over the five seconds, as
/// those of clients that know nothing of each other: all at once they would be a burst of this process on a core that it shares with what is
/// measured.
/// </summary>
internal static class SlowCommand
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private static readonly byte[] Beginning = Encoding.ASCII.GetBytes("GET /1k HTTP/1.1\r\nHost: slow.example\r\nX-Slow: ");

    private static readonly byte[] Drip = [(byte)'x'];

    public static Command Build()
    {
        var url = new Option<string>("--url") { Description = "Whom to bother: http://address:port", Required = true };
        var connections = new Option<int>("--connections") { Description = "How many", DefaultValueFactory = _ => 10_000 };
        var command = new Command("slow", "Hold connections open with requests that never end, until stopped") { url, connections };
        command.SetAction(async (parsed, cancelled) =>
        {
            Uri to = new(parsed.GetRequiredValue(url));
            IPEndPoint target = new(IPAddress.Parse(to.Host), to.Port);
            await Task.Factory.StartNew(
                () => Hold(target, parsed.GetValue(connections), cancelled), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return ExitCode.Passed;
        });
        return command;
    }

    // On a thread of its own that sleeps between: pool threads look for work after every timer, on cores that others need.
    private static void Hold(IPEndPoint target, int count, CancellationToken cancelled)
    {
        var held = new Socket?[count];
        for (int i = 0; i < count; i++)
        {
            held[i] = Open(target);
        }

        Console.WriteLine($"{count} slow connections are open");
        long replaced = 0;
        long dripped = 0;
        long begun = Stopwatch.GetTimestamp();
        while (!cancelled.IsCancellationRequested)
        {
            for (long due = (long)(Stopwatch.GetElapsedTime(begun) / Between * count); dripped < due; dripped++)
            {
                ref Socket? socket = ref held[dripped % count];
                if (socket is not null && TrySend(socket, Drip))
                {
                    continue;
                }

                replaced += socket is null ? 0 : 1;
                socket?.Dispose();
                socket = Open(target);
            }

            Thread.Sleep(Tick);
        }

        Console.WriteLine($"{dripped} bytes dripped, {replaced} had to come back");
        foreach (Socket? socket in held)
        {
            socket?.Dispose();
        }
    }

    private static Socket? Open(IPEndPoint target)
    {
        Socket socket = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(target);
            socket.Send(Beginning);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private static bool TrySend(Socket socket, byte[] bytes)
    {
        try
        {
            // An answer or an end that nobody asked for means that the edge has given this one up.
            return !socket.Poll(0, SelectMode.SelectRead) && socket.Send(bytes) == bytes.Length;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
