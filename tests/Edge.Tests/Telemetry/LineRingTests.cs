using CsCheck;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Tests.Telemetry;

public sealed class LineRingTests
{
    private const int Capacity = 2 * LineRing.MaxLine + 1000;

    [Fact]
    public void Queue_AnyOrderOfWritesAndReads_KeepsEveryLineWhole()
    {
        // Positive: write a line of that length; zero: the consumer takes everything; negative: it takes one run only.
        Gen<int> write = Gen.Int[1, LineRing.MaxLine];
        Gen.OneOf(write, write, Gen.Int[1, 200], Gen.Const(0), Gen.Const(-1)).Array[0, 300].Sample(steps =>
        {
            var ring = new LineRing(Capacity);
            var expected = new Queue<(int Length, byte Mark)>();
            byte mark = 0;
            foreach (int step in steps)
            {
                if (step > 0)
                {
                    Span<byte> room = ring.Reserve();
                    if (room.IsEmpty)
                    {
                        Assert.NotEmpty(expected);
                        continue;
                    }

                    Assert.Equal(LineRing.MaxLine, room.Length);
                    room[..step].Fill(++mark);
                    ring.Commit(step);
                    expected.Enqueue((step, mark));
                }
                else
                {
                    Take(ring, expected, all: step == 0);
                }
            }

            Take(ring, expected, all: true);
            Assert.Empty(expected);
            Assert.True(ring.IsEmpty);
            Assert.False(ring.Reserve().IsEmpty);
        });
    }

    [Fact]
    public void Queue_TwoThreads_ArrivesInOrder()
    {
        const int Lines = 300_000;
        var ring = new LineRing(64 * 1024);
        var producer = new Thread(() =>
        {
            for (int i = 0; i < Lines;)
            {
                Span<byte> room = ring.Reserve();
                if (room.IsEmpty)
                {
                    Thread.SpinWait(20);
                    continue;
                }

                int length = 4 + (i % 300);
                room[..length].Clear();
                BitConverter.TryWriteBytes(room, i);
                ring.Commit(length);
                i++;
            }
        });
        producer.Start();
        int next = 0;
        while (next < Lines)
        {
            int until = ring.Mark();
            for (ReadOnlySpan<byte> run = ring.Peek(until); !run.IsEmpty; run = ring.Peek(until))
            {
                for (int at = 0; at < run.Length; at += 4 + (next++ % 300))
                {
                    Assert.Equal(next, BitConverter.ToInt32(run[at..]));
                }

                ring.Advance(run.Length);
            }
        }

        producer.Join();
        Assert.True(ring.IsEmpty);
    }

    [Fact]
    public void Reserve_NobodyReads_EndsWithNothingAndRecoversAfterwards()
    {
        var ring = new LineRing(64 * 1024);
        int lines = 0;
        while (!ring.Reserve().IsEmpty)
        {
            ring.Commit(100);
            lines++;
        }

        Assert.InRange(lines, 400, 656);
        Assert.True(ring.IsHalfFull);
        int until = ring.Mark();
        for (int length = ring.Peek(until).Length; length > 0; length = ring.Peek(until).Length)
        {
            ring.Advance(length);
        }

        Assert.False(ring.Reserve().IsEmpty);
        Assert.False(ring.IsHalfFull);
    }

    private static void Take(LineRing ring, Queue<(int Length, byte Mark)> expected, bool all)
    {
        int until = ring.Mark();
        do
        {
            ReadOnlySpan<byte> run = ring.Peek(until);
            if (run.IsEmpty)
            {
                return;
            }

            int at = 0;
            while (at < run.Length)
            {
                (int length, byte mark) = expected.Dequeue();
                Assert.Equal(-1, run.Slice(at, length).IndexOfAnyExcept(mark));
                at += length;
            }

            ring.Advance(run.Length);
        }
        while (all);
    }
}
