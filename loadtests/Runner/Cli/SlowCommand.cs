using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VoltageSoda.Edge.LoadTests.Cli;

/// <summary>
/// <c>edge-load slow</c>: clients that begin a request and never end it. Each sends another byte of its head every few seconds and comes
/// back when it is thrown out, so that as many as asked for are always there.
/// </summary>
internal static class SlowCommand
{
    private const int Rounds = 5;

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
            await HoldAsync(new IPEndPoint(IPAddress.Parse(to.Host), to.Port), parsed.GetValue(connections), cancelled);
            return ExitCode.Passed;
        });
        return command;
    }

    private static async Task HoldAsync(IPEndPoint target, int count, CancellationToken cancelled)
    {
        var held = new Socket?[count];
        long replaced = 0;
        bool told = false;
        for (int round = 0; !cancelled.IsCancellationRequested; round++)
        {
            for (int i = told ? round % Rounds : 0; i < count; i += told ? Rounds : 1)
            {
                if (held[i] is { } socket && TrySend(socket, Drip))
                {
                    continue;
                }

                replaced += held[i] is null ? 0 : 1;
                held[i]?.Dispose();
                held[i] = Open(target);
            }

            if (!told)
            {
                told = true;
                Console.WriteLine($"{count} slow connections are open");
            }

            await Task.Delay(TimeSpan.FromSeconds(1), cancelled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Console.WriteLine($"{replaced} had to come back");
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
