using System.Buffers;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Bench.Protocol;

/// <summary>Reading one response head of eight fields.</summary>
[MemoryDiagnoser]
public class ResponseHeadReaderBench
{
    private readonly ResponseHead _head = new();
    private readonly HeadLimits _limits = HeadLimits.Response;
    private ReadOnlySequence<byte> _input;

    [GlobalSetup]
    public void Setup()
    {
        _input = new ReadOnlySequence<byte>(Samples.Response);
        if (Read() != Samples.Response.Length)
        {
            throw new InvalidOperationException("The sample is not read.");
        }
    }

    [Benchmark]
    public int Read()
    {
        _head.Reset();
        ResponseHeadReader.Read(_input, _head, _limits, KnownMethod.Get, out _, out _);
        return _head.HeadLength;
    }
}
