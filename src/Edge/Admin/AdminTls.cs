using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.Protocol.Tls;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Transport.Tls;

namespace VoltageSoda.Edge.Admin;

/// <summary>
/// TLS for connections of Kestrel: the same floor, certificates and answers as on proxy listeners, without Kestrel's own HTTPS middleware, which wants
/// a container of services. Thread-safe.
/// </summary>
internal sealed class AdminTls(ServerCertificateHolder certificate, TimeSpan timeout, ILogger log)
{
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IDuplexPipe bare = connection.Transport;
        using CancellationTokenSource deadline = new(timeout);
        await using PipeStream stream = new(bare);
        await using SslStream ssl = new(stream, leaveInnerStreamOpen: true);
        try
        {
            if (await ReadHelloAsync(bare, deadline.Token) is not { } hello)
            {
                return;
            }

            await ssl.AuthenticateAsServerAsync(certificate.Current.Options(hello.OffersTls13, hello.AcceptsEcdsa), deadline.Token);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException)
        {
            Log.AdminHandshakeFailed(log, TlsOutcomes.Name(TlsOutcomes.Of(exception)), TlsOutcomes.Text(exception));
            return;
        }

        Secured secured = new(ssl);
        connection.Transport = secured;
        connection.Features.Set<ITlsConnectionFeature>(secured);
        try
        {
            await next(connection);
            await secured.Output.CompleteAsync();
            await ssl.ShutdownAsync();
            await bare.Output.FlushAsync();
        }
        catch (IOException)
        {
            // The client is gone already.
        }
        finally
        {
            await secured.Input.CompleteAsync();
            connection.Transport = bare;
        }
    }

    private static async Task<ClientHello?> ReadHelloAsync(IDuplexPipe bare, CancellationToken cancellation)
    {
        while (true)
        {
            ReadResult read = await bare.Input.ReadAsync(cancellation);
            ClientHelloResult result = ClientHelloReader.Read(read.Buffer, out ClientHello hello);
            if (result == ClientHelloResult.Complete)
            {
                bare.Input.AdvanceTo(read.Buffer.Start);
                return hello;
            }

            if (result != ClientHelloResult.Incomplete || read.IsCompleted)
            {
                bare.Input.AdvanceTo(read.Buffer.End);
                if (result == ClientHelloResult.PlainHttp)
                {
                    bare.Output.Write(PlainHttpAnswer.Bytes);
                    await bare.Output.FlushAsync(cancellation);
                }

                return null;
            }

            bare.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>The decrypted pipes; its presence as a feature makes the scheme of requests https.</summary>
    private sealed class Secured(SslStream ssl) : IDuplexPipe, ITlsConnectionFeature
    {
        public PipeReader Input { get; } = PipeReader.Create(ssl, new StreamPipeReaderOptions(leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter.Create(ssl, new StreamPipeWriterOptions(leaveOpen: true));

        public System.Security.Cryptography.X509Certificates.X509Certificate2? ClientCertificate { get; set; }

        public Task<System.Security.Cryptography.X509Certificates.X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult(ClientCertificate);
    }

    /// <summary>A stream over both directions of a connection.</summary>
    private sealed class PipeStream(IDuplexPipe pipe) : Stream
    {
        private readonly Stream _input = pipe.Input.AsStream(leaveOpen: true);
        private readonly Stream _output = pipe.Output.AsStream(leaveOpen: true);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _input.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            _input.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            _output.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            _output.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
