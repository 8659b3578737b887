using VoltageSoda.Edge.Transport.Loop;

namespace VoltageSoda.Edge.Tests.Transport;

/// <summary>The ring as a vector of calls. Where the machine forbids io_uring there is nothing to test but that it says so.</summary>
public sealed unsafe class IoRingTests
{
    private const int BadDescriptor = 9;

    [Fact]
    public void Create_NoCapacity_IsAnErrorNumber()
    {
        Assert.NotEqual(0, IoRing.TryCreate(0, out IoRing? ring));
        Assert.Null(ring);
    }

    [Fact]
    public void Submit_Mixed_GivesEachItsOwnResult()
    {
        WithRing(4, static (ring, pair) =>
        {
            byte* bytes = stackalloc byte[12];
            new Span<byte>(bytes, 4).Fill(7);
            int nothing = ring.Receive(pair[1], bytes + 8, 4);
            int sent = ring.Send(pair[0], bytes, 3);
            int refused = ring.Send(-1, bytes, 3);
            int received = ring.Receive(pair[1], bytes + 4, 4);
            ring.Submit();
            Assert.Equal(-Libc.Error.Again, ring.Result(nothing));
            Assert.Equal(3, ring.Result(sent));
            Assert.Equal(-BadDescriptor, ring.Result(refused));
            Assert.Equal(3, ring.Result(received));
            Assert.Equal([7, 7, 7, 0], new Span<byte>(bytes + 4, 4).ToArray());
        });
    }

    [Fact]
    public void Submit_ManyTimes_GoesRoundTheRing()
    {
        WithRing(4, static (ring, pair) =>
        {
            byte* bytes = stackalloc byte[2];
            for (int i = 0; i < 1000; i++)
            {
                bytes[0] = (byte)i;
                if (i % 7 == 0)
                {
                    // Forgotten operations are not carried out.
                    ring.Send(pair[0], bytes, 1);
                    ring.Forget();
                }

                ring.Send(pair[0], bytes, 1);
                ring.Receive(pair[1], bytes + 1, 1);
                ring.Submit();
                Assert.Equal(0, ring.Count);
                Assert.Equal((1, 1, (byte)i), (ring.Result(0), ring.Result(1), bytes[1]));
            }

            ring.Receive(pair[1], bytes, 1);
            ring.Submit();
            Assert.Equal(-Libc.Error.Again, ring.Result(0));
        });
    }

    private static void WithRing(int capacity, Action<IoRing, int[]> test)
    {
        if (IoRing.TryCreate(capacity, out IoRing? ring) != 0)
        {
            Assert.DoesNotContain(VoltageSoda.Edge.Transport.TransportKind.Uring, TransportKinds.Loops);
            return;
        }

        using (ring)
        {
            int[] pair = new int[2];
            fixed (int* descriptors = pair)
            {
                Assert.Equal(0, Libc.SocketPair(Libc.AddressFamilyUnix, Libc.SockStream | Libc.SockNonBlock, 0, descriptors));
            }

            test(ring!, pair);
            _ = Libc.Close(pair[0]);
            _ = Libc.Close(pair[1]);
        }
    }
}
