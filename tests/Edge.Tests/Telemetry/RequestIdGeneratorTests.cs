using System.Text;
using VoltageSoda.Edge.Telemetry;
using VoltageSoda.Edge.Tests.Transport;

namespace VoltageSoda.Edge.Tests.Telemetry;

public sealed class RequestIdGeneratorTests
{
    [Fact]
    public void Next_ReferenceSeed_GivesThePublishedSequence()
    {
        var generator = new RequestIdGenerator(1, 2, 3, 4);

        ulong[] expected =
        [
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600, 16172922978634559625,
            8476171486693032832, 10595114339597558777, 2904607092377533576,
        ];
        Assert.Equal(expected, Enumerable.Range(0, 10).Select(_ => generator.Next()));
    }

    [Fact]
    public void Write_ManyIds_AreDistinctLowerCaseHexAndAllocateNothing()
    {
        var generator = new RequestIdGenerator();
        var other = new RequestIdGenerator();
        Span<byte> id = stackalloc byte[40];
        id.Fill((byte)'!');
        var seen = new HashSet<string>();
        for (int i = 0; i < 10_000; i++)
        {
            (i % 2 == 0 ? generator : other).Write(id);
            string text = Encoding.ASCII.GetString(id);
            Assert.Matches("^[0-9a-f]{32}!{8}$", text);
            Assert.True(seen.Add(text));
        }

        Assert.Equal(0, Allocations.Least(() =>
        {
            Span<byte> room = stackalloc byte[40];
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                generator.Write(room);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
    }
}
