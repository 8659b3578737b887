using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace VoltageSoda.Edge.TestKit;

/// <summary>How a <see cref="RedisServer"/> is started.</summary>
public sealed record RedisServerOptions
{
    /// <summary>Password of the default user.</summary>
    public string? Password { get; init; }

    /// <summary>Listens with TLS alone, with a certificate for <c>redis.test</c> that nobody trusts but who asks for it.</summary>
    public bool Tls { get; init; }

    /// <summary>Further options, name and value.</summary>
    public IReadOnlyList<string> Extra { get; init; } = [];
}

/// <summary>
/// A real redis-server as a child process on a loopback port of its own, without persistence. It can be killed, started again on the same
/// port, and stopped in its tracks. Disposing ends it.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const int SigStop = 19;
    private const int SigContinue = 18;

    private readonly RedisServerOptions _options;
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-redis-").FullName;
    private readonly ReservedPort _port = ReservedPort.Take();
    private Process? _process;

    private RedisServer(RedisServerOptions options) => _options = options;

    public int Port => _port.Number;

    /// <summary>PEM file of the certificate's issuer, with TLS.</summary>
    public string RootPath => Path.Combine(_folder, "root.pem");

    public static async Task<RedisServer> StartAsync(RedisServerOptions? options = null)
    {
        RedisServer server = new(options ?? new RedisServerOptions());
        if (server._options.Tls)
        {
            server.WriteCertificate();
        }

        await server.ReviveAsync();
        return server;
    }

    /// <summary>Starts it again, empty, on the same port, and waits until it answers.</summary>
    public async Task ReviveAsync()
    {
        ProcessStartInfo start = new("redis-server") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        List<string> args =
        [
            "--bind", "127.0.0.1", _options.Tls ? "--tls-port" : "--port", $"{Port}", "--save", "", "--appendonly", "no", "--daemonize", "no",
            .. _options.Extra,
        ];
        if (_options.Tls)
        {
            args.AddRange(
            [
                "--port", "0", "--tls-cert-file", "server.pem", "--tls-key-file", "server.key", "--tls-ca-cert-file", "root.pem",
                "--tls-auth-clients", "no",
            ]);
        }

        if (_options.Password is { } password)
        {
            args.AddRange(["--requirepass", password]);
        }

        args.ForEach(start.ArgumentList.Add);
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        StringBuilder output = new();
        Process process = new() { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) =>
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }

            if (line.Data?.Contains("Ready to accept connections", StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }
        };
        process.Exited += (_, _) =>
        {
            lock (output)
            {
                ready.TrySetException(new InvalidOperationException($"redis-server ended: {output}"));
            }
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Ends it as kill -9 does.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>It takes connections and bytes and answers nothing until <see cref="Resume"/>.</summary>
    public void Stall()
    {
        Signal(SigStop);

        // The signal is sent, not obeyed, when kill(2) returns.
        string stat = $"/proc/{_process!.Id}/stat";
        while (!File.ReadAllText(stat).Contains(") T ", StringComparison.Ordinal))
        {
            Thread.Yield();
        }
    }

    /// <summary>Ends <see cref="Stall"/>.</summary>
    public void Resume() => Signal(SigContinue);

    /// <summary>Sends one command on a connection of its own and gives the reply: a text, a number's digits, null, or lines of an array.</summary>
    public async Task<string?> CommandAsync(params string[] words)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        await using NetworkStream stream = new(socket);
        using StreamReader reader = new(stream, Encoding.Latin1);
        if (_options.Password is { } password)
        {
            await SendAsync(stream, ["AUTH", password]);
            await ReadAsync(reader);
        }

        await SendAsync(stream, words);
        return await ReadAsync(reader);
    }

    /// <summary>All keys, sorted.</summary>
    public async Task<string[]> KeysAsync(string pattern = "*") =>
        [.. (await CommandAsync("KEYS", pattern) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            Resume();
        }

        await KillAsync();
        _port.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task SendAsync(Stream stream, string[] words)
    {
        StringBuilder text = new($"*{words.Length}\r\n");
        foreach (string word in words)
        {
            text.Append($"${Encoding.Latin1.GetByteCount(word)}\r\n{word}\r\n");
        }

        await stream.WriteAsync(Encoding.Latin1.GetBytes(text.ToString()));
    }

    private static async Task<string?> ReadAsync(StreamReader reader)
    {
        string line = await reader.ReadLineAsync() ?? throw new EndOfStreamException();
        int length;
        switch (line[0])
        {
            case '$':
                length = int.Parse(line.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
                if (length < 0)
                {
                    return null;
                }

                char[] body = new char[length + 2];
                await reader.ReadBlockAsync(body);
                return new string(body, 0, length);
            case '*':
                length = int.Parse(line.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
                List<string?> items = [];
                for (int i = 0; i < length; i++)
                {
                    items.Add(await ReadAsync(reader));
                }

                return string.Join('\n', items);
            case '-':
                return line;
            default:
                return line[1..];
        }
    }

    private void Signal(int number) => _ = Kill(_process!.Id, number);

    private void WriteCertificate()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest rootRequest = new("CN=test root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 root = rootRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=redis.test", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("redis.test");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 leaf = request.Create(root, now.AddDays(-1), now.AddDays(1), [1, 2, 3, 4]);
        File.WriteAllText(RootPath, root.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "server.pem"), leaf.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "server.key"), key.ExportPkcs8PrivateKeyPem());
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);
}
