using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Bench.Protocol;

/// <summary>Reading a chunked body of 64 KiB in chunks of the given size.</summary>
[MemoryDiagnoser]
public class ChunkedReaderBench
{
    private const int BodySize = 64 * 1024;

    private readonly HeaderBlock _trailers = new();
    private byte[] _body = [];

    [Params(64, 4096, 65536)]
    public int ChunkSize { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        byte[] prefix = new byte[ChunkedWriter.MaxPrefixLength];
        int prefixLength = ChunkedWriter.WritePrefix(prefix, ChunkSize);
        List<byte> body = [];
        for (int i = 0; i < BodySize / ChunkSize; i++)
        {
            body.AddRange(prefix.AsSpan(0, prefixLength));
            body.AddRange(new byte[ChunkSize]);
            body.AddRange(ChunkedWriter.Suffix);
        }

        body.AddRange(ChunkedWriter.LastChunk);
        _body = [.. body];
        if (Read() != BodySize)
        {
            throw new InvalidOperationException("The body is not read.");
        }
    }

    [Benchmark]
    public long Read()
    {
        ChunkedReader reader = default;
        ReadOnlySpan<byte> rest = _body;
        ChunkedStep step;
        do
        {
            step = reader.Read(rest, _trailers, out int consumed, out _, out _);
            rest = rest[consumed..];
        }
        while (step == ChunkedStep.Data);

        return step == ChunkedStep.End ? reader.DataBytes : -1;
    }
}
