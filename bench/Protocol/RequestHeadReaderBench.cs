using System.Buffers;
using BenchmarkDotNet.Attributes;
using VoltageSoda.Edge.Protocol.Http;
using VoltageSoda.Edge.Protocol.Http1;

namespace VoltageSoda.Edge.Bench.Protocol;

/// <summary>Reading one request head that lies in one buffer, and one that arrives cut in the middle. Aim: below 250 ns for the browser's.</summary>
[MemoryDiagnoser]
public class RequestHeadReaderBench
{
    private readonly RequestHead _head = new();
    private ReadOnlySequence<byte> _browser;
    private ReadOnlySequence<byte> _small;
    private ReadOnlySequence<byte> _firstHalf;

    [GlobalSetup]
    public void Setup()
    {
        _browser = new ReadOnlySequence<byte>(Samples.BrowserRequest);
        _small = new ReadOnlySequence<byte>(Samples.SmallRequest);
        _firstHalf = _browser.Slice(0, _browser.Length / 2);
        if (Browser() != Samples.BrowserRequest.Length || Small() != Samples.SmallRequest.Length || InTwoReads() != Samples.BrowserRequest.Length)
        {
            throw new InvalidOperationException("The samples are not read.");
        }
    }

    [Benchmark(Baseline = true)]
    public int Browser() => Read(_browser);

    [Benchmark]
    public int Small() => Read(_small);

    [Benchmark]
    public int InTwoReads()
    {
        _head.Reset();
        RequestHeadReader.Read(_firstHalf, _head, RequestRules.Kong, out _, out _);
        RequestHeadReader.Read(_browser, _head, RequestRules.Kong, out _, out _);
        return _head.HeadLength;
    }

    private int Read(in ReadOnlySequence<byte> input)
    {
        _head.Reset();
        RequestHeadReader.Read(input, _head, RequestRules.Kong, out _, out _);
        return _head.HeadLength;
    }
}
