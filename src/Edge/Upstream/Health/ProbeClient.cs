using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Upstream.Tls;

namespace VoltageSoda.Edge.Upstream.Health;

/// <summary>How a probe ended.</summary>
/// <param name="Result">Kind; for an HTTP answer the caller's lists decide what its status means.</param>
/// <param name="Status">Status of an HTTP answer; 0 for one that is not HTTP; -1 without answer.</param>
internal readonly record struct ProbeOutcome(ProbeResult Result, int Status);

/// <summary>
/// Sends single probes over connections of their own, apart from the loops and their pools. At most so many at a time in the process.
/// Thread-safe.
/// </summary>
#pragma warning disable CA1001 // The semaphore holds nothing to release, and a probe may still return its slot when the process stops.
internal sealed class ProbeClient(TimeProvider time, int maximumParallel = 64)
#pragma warning restore CA1001
{
    private const int MaxStatusLine = 4096;

    private readonly SemaphoreSlim _slots = new(maximumParallel);

    /// <summary>Connects and, for HTTP, asks. Throws only when <paramref name="stop"/> is cancelled.</summary>
    public async Task<ProbeOutcome> ProbeAsync(ProbeRequest request, IPEndPoint address, string hostName, CancellationToken stop)
    {
        await _slots.WaitAsync(stop);
        try
        {
            using CancellationTokenSource timeout = new(request.Check.Timeout, time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
            try
            {
                return await AskAsync(request, address, hostName, either.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                return new ProbeOutcome(ProbeResult.Timeout, -1);
            }
            catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException)
            {
                stop.ThrowIfCancellationRequested();
                return new ProbeOutcome(timeout.IsCancellationRequested ? ProbeResult.Timeout : ProbeResult.TcpFailure, -1);
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Status of a status line, or 0 when it is none.</summary>
    internal static int StatusOf(ReadOnlySpan<byte> line)
    {
        // HTTP/d.d, blanks, three digits.
        if (line.Length < 12 || !line.StartsWith("HTTP/"u8) || !char.IsAsciiDigit((char)line[5]))
        {
            return 0;
        }

        int blank = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> rest = blank < 0 ? default : line[blank..].TrimStart((byte)' ');
        int status = 0;
        int digits = 0;
        while (digits < rest.Length && digits < 4 && char.IsAsciiDigit((char)rest[digits]))
        {
            status = (status * 10) + (rest[digits++] - '0');
        }

        return digits == 3 ? status : 0;
    }

    private static async Task<ProbeOutcome> AskAsync(ProbeRequest request, IPEndPoint address, string hostName, CancellationToken cancellation)
    {
        using Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address, cancellation);
        if (!request.IsHttp)
        {
            return new ProbeOutcome(ProbeResult.Success, -1);
        }

        await using NetworkStream plain = new(socket, ownsSocket: false);
        if (!request.IsTls)
        {
            return await ExchangeAsync(plain, request.To(hostName), cancellation);
        }

        await using SslStream secure = new(plain, leaveInnerStreamOpen: true);
        UpstreamTls settings = request.TlsTo(hostName);
        await secure.AuthenticateAsClientAsync(settings.Options(new UpstreamVerification(settings)), cancellation);
        return await ExchangeAsync(secure, request.To(hostName), cancellation);
    }

    private static async Task<ProbeOutcome> ExchangeAsync(Stream stream, byte[] request, CancellationToken cancellation)
    {
        await stream.WriteAsync(request, cancellation);
        byte[] buffer = new byte[MaxStatusLine];
        int length = 0;
        while (length < buffer.Length)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            if (read == 0)
            {
                return new ProbeOutcome(ProbeResult.TcpFailure, -1);
            }

            length += read;
            int end = buffer.AsSpan(0, length).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return new ProbeOutcome(ProbeResult.Ignored, StatusOf(buffer.AsSpan(0, end)));
            }
        }

        return new ProbeOutcome(ProbeResult.Ignored, 0);
    }
}
