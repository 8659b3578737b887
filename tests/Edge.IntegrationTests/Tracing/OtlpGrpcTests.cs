using System.Buffers.Binary;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VoltageSoda.Edge.TestKit;

namespace VoltageSoda.Edge.IntegrationTests.Tracing;

/// <summary>Traces by OTLP over gRPC, to a server that speaks as much of it as one unary call needs.</summary>
public sealed class OtlpGrpcTests
{
    [Fact]
    public async Task Export_ByGrpc_ArrivesAsOneMessage()
    {
        TaskCompletionSource<(string Path, string? Type, string? Key, byte[] Body)> called = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication collector = Collector(called);
        await collector.StartAsync();
        string address = collector.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        await using ScriptedUpstream upstream = ScriptedUpstream.Respond(static _ => ScriptedUpstream.Ok("x"));
        RunningEdge edge = await RunningEdge.StartAsync(
            KongText.Single(upstream.Address),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b"));
        await using (RawClient client = await RawClient.ConnectAsync(edge.Proxy))
        {
            await client.ExchangeAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        await OtlpTests.SentAsync(edge, 3);
        await edge.DisposeAsync();

        (string path, string? type, string? key, byte[] body) = await called.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("/opentelemetry.proto.collector.trace.v1.TraceService/Export", path);
        Assert.StartsWith("application/grpc", type, StringComparison.Ordinal);
        Assert.Equal("a b", key);
        Assert.Equal((0, body.Length - 5), (body[0], (int)BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1))));
        Assert.Equal(3, ProtobufMessage.Read(body.AsSpan(5)).Messages(1).Single().Messages(2).SelectMany(static scope => scope.Messages(2)).Count());
        Assert.Equal(3, edge.Host.Metrics.Traces!.Value.Counters.Otlp!.Sent);
    }

    private static WebApplication Collector(TaskCompletionSource<(string, string?, string?, byte[])> called)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static options => options.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication application = builder.Build();
        application.Run(async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body);
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.Body.WriteAsync(new byte[5]);
            called.TrySetResult((context.Request.Path, context.Request.ContentType, context.Request.Headers["x-key"], body.ToArray()));
        });
        return application;
    }
}
