using Microsoft.Extensions.Logging.Abstractions;
using VoltageSoda.Edge.Telemetry.Tracing;

namespace VoltageSoda.Edge.Tests.Telemetry.Tracing;

public sealed class SpanPumpTests
{
    [Fact]
    public void Rent_MoreThanThereMayBe_GivesNothingAndCounts()
    {
        using SpanPump pump = new(1, [], NullLogger.Instance);
        LoopSpans loop = pump.Loop(0);
        for (int i = 0; i < LoopSpans.MaxRecords; i++)
        {
            Assert.NotNull(loop.Rent());
        }

        Assert.Null(loop.Rent());
        Assert.Equal(1, pump.Exhausted);
    }

    [Fact]
    public async Task Publish_FromTwoLoops_ExportsEveryRecordOnce()
    {
        const int Records = 200_000;
        Counting exporter = new();
        SpanPump pump = new(2, [exporter], NullLogger.Instance);
        await Task.WhenAll(Run(pump.Loop(0)), Run(pump.Loop(1)));
        pump.Dispose();
        Assert.Equal(2L * Records, exporter.Count + pump.Exhausted);
        Assert.Equal(0, pump.Failures);
        Assert.True(exporter.Count > LoopSpans.MaxRecords, $"{exporter.Count}");

        static Task Run(LoopSpans loop) => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < Records; i++)
                {
                    if (loop.Rent() is { } record)
                    {
                        record.Status = 200;
                        loop.Publish(record);
                    }
                }
            },
            TaskCreationOptions.LongRunning);
    }

    [Fact]
    public void Export_ThatThrows_IsCountedAndOthersStillRun()
    {
        Counting counting = new();
        SpanPump pump = new(1, [new Throwing(), counting], NullLogger.Instance);
        for (int i = 0; i < 3; i++)
        {
            SpanRecord record = pump.Loop(0).Rent()!;
            record.Status = 200;
            pump.Loop(0).Publish(record);
        }

        pump.Dispose();
        Assert.Equal((3, 3L), (counting.Count, pump.Failures));
    }

    [Fact]
    public void Record_LongValues_AreCutAtItsRoom()
    {
        SpanRecord record = new();
        byte[] value = new byte[5000];
        value.AsSpan().Fill((byte)'x');
        record.SetRequest(value, value, value);
        for (int i = 0; i < SpanRecord.MaxHeaderTags; i++)
        {
            record.SetHeaderTag(i, value);
        }

        record.AddTags(value);
        record.AddTags(value);
        record.SetUpstreamPath(value);
        Assert.Equal((64, 1024, 255), (record.Method.Length, record.Path.Length, record.Host.Length));
        Assert.Equal(256, record.HeaderTag(1).Length);
        Assert.Equal(0, record.HeaderTag(7).Length);
        for (int i = 0; i < 40; i++)
        {
            record.BeginTry((ulong)i + 1, default, 80);
            record.EndTry(502);
        }

        Assert.Equal((40, SpanRecord.MaxTries), (record.TryCount, record.ToldTries));
        record.Reset();
        Assert.Equal((0, 0), (record.TryCount, record.Tags.Length));
    }

    private sealed class Counting : ISpanExporter
    {
        public int Count { get; private set; }

        public void Export(SpanRecord record) => Count += record.Status == 200 ? 1 : 0;
    }

    private sealed class Throwing : ISpanExporter
    {
        public void Export(SpanRecord record) => throw new InvalidOperationException("bug");
    }
}
