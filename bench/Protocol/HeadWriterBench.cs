using System.Buffers;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Bench.Protocol;

/// <summary>Writing heads that were read before: unchanged, and after the edits that a proxied request gets.</summary>
[MemoryDiagnoser]
public class HeadWriterBench
{
    private readonly RequestHead _plain = new();
    private readonly RequestHead _edited = new();
    private readonly FixedWriter _output = new();

    [GlobalSetup]
    public void Setup()
    {
        Read(_plain);
        Read(_edited);
        HopByHopFields.Strip(_edited.Headers);
        _edited.Headers.Set(KnownHeader.Host, "orders.internal:8080"u8);
        _edited.Headers.Add(KnownHeader.XForwardedFor, "192.0.2.1"u8);
        _edited.Headers.Add(KnownHeader.XForwardedProto, "http"u8);
        _edited.Headers.Add(KnownHeader.XForwardedHost, "shop.voltage-soda.example"u8);
        _edited.Headers.Add(KnownHeader.XForwardedPort, "8000"u8);
        _edited.Headers.Add(KnownHeader.XRealIP, "192.0.2.1"u8);
        if (Unchanged() != Samples.BrowserRequest.Length || Proxied() < Samples.BrowserRequest.Length)
        {
            throw new InvalidOperationException("The sample is not written.");
        }
    }

    [Benchmark(Baseline = true)]
    public int Unchanged() => Write(_plain);

    [Benchmark]
    public int Proxied() => Write(_edited);

    [Benchmark]
    public int StripAndRead()
    {
        Read(_plain);
        HopByHopFields.Strip(_plain.Headers);
        return _plain.Headers.Count;
    }

    private static void Read(RequestHead head)
    {
        head.Reset();
        RequestHeadReader.Read(new ReadOnlySequence<byte>(Samples.BrowserRequest), head, RequestRules.Kong, out _, out _);
    }

    private int Write(RequestHead head)
    {
        _output.Clear();
        HeadWriter writer = new(_output, HeadWriter.Estimate(head.Headers));
        writer.RequestLine(head.MethodBytes, head.Target);
        writer.Fields(head.Headers);
        writer.End();
        return _output.Written;
    }

    private sealed class FixedWriter : IBufferWriter<byte>
    {
        private readonly byte[] _bytes = new byte[16 * 1024];

        public int Written { get; private set; }

        public void Clear() => Written = 0;

        public void Advance(int count) => Written += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.AsMemory(Written);

        public Span<byte> GetSpan(int sizeHint = 0) => _bytes.AsSpan(Written);
    }
}
