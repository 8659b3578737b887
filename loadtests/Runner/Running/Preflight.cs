using System.Buffers;
using System.Net.Sockets;
using System.Security.Cryptography;
using VoltageSoda.Edge.LoadTests.Model;
using VoltageSoda.Edge.LoadTests.Wire;

namespace VoltageSoda.Edge.LoadTests.Running;

/// <summary>
/// Sends each step once before the load and checks the answer in full, body hash included. A run against a wrong configuration so ends
/// before it begins, and the checked body becomes what all later ones are compared with.
/// </summary>
internal static class Preflight
{
    /// <summary>Checks one step; <see cref="PreflightException"/> says what was wrong.</summary>
    public static PreparedStep Check(Target target, Step step, bool close, TimeSpan timeout)
    {
        byte[] request = RequestBytes.Of(step, target.Host, target.BasePath, close);
        var body = new ArrayBufferWriter<byte>();
        var reader = new ResponseReader { Capture = body };
        reader.Begin(step.Expect, step.Method == "HEAD", reference: null);
        try
        {
            using var socket = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.ReceiveTimeout = socket.SendTimeout = (int)timeout.TotalMilliseconds;
            socket.Connect(target.EndPoint);
            for (int sent = 0; sent < request.Length;)
            {
                sent += socket.Send(request.AsSpan(sent));
            }

            byte[] buffer = new byte[64 * 1024];
            ReadStatus status = ReadStatus.Incomplete;
            while (status == ReadStatus.Incomplete)
            {
                int count = socket.Receive(buffer);
                status = count == 0 ? reader.FeedEnd() : reader.Feed(buffer.AsSpan(0, count), out _);
            }
        }
        catch (SocketException failure)
        {
            throw new PreflightException($"{step.Name}: {target.Url}: {failure.Message}");
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(body.WrittenSpan));
        bool wrongHash = reader.Fault == ResponseFault.None && step.Expect.BodySha256 is { } expected
            && !expected.Equals(hash, StringComparison.OrdinalIgnoreCase);
        if (reader.Fault != ResponseFault.None || wrongHash)
        {
            throw new PreflightException(
                $"{step.Name}: {step.Method} {target.Url} {step.Path}: {(wrongHash ? ResponseFault.Body : reader.Fault)}: "
                + $"status {reader.Status} (expected {step.Expect.Status}), body of {body.WrittenCount} bytes with SHA-256 {hash}"
                + (step.Expect.Headers.Count > 0 ? $", required fields: {string.Join("; ", step.Expect.Headers)}" : ""));
        }

        // Spelled out: a null array would convert to an empty body, not to none.
        ReadOnlyMemory<byte>? reference = step.Expect.BodySha256 is null ? null : (ReadOnlyMemory<byte>?)body.WrittenSpan.ToArray();
        return new PreparedStep(step, request, reference);
    }
}
