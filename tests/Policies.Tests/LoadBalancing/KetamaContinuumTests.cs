using System.Text;
using CsCheck;
using VoltageSoda.Edge.Policies.LoadBalancing;
using VoltageSoda.Edge.Policies.Tests.Facts;

namespace VoltageSoda.Edge.Policies.Tests.LoadBalancing;

public sealed class KetamaContinuumTests
{
    // Vectors of the algorithm's own test suite and of luaxxhash, which Kong uses.
    [Theory]
    [InlineData("", 46947589u)]
    [InlineData("abc", 0x32d153ffu)]
    [InlineData("Cats are interesting.", 1710037756u)]
    public void XxHash32_KnownInputs_GiveKnownHashes(string text, uint hash) => Assert.Equal(hash, XxHash32.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void XxHash32_LongInput_GivesTheKnownHash() => Assert.Equal(400756875u, XxHash32.Compute(Encoding.ASCII.GetBytes(new string('a', 100))));

    // Owners computed by a separate program that follows consistent_hashing.lua line by line.
    [Fact]
    public void Find_FiveEqualTargets_OwnsWhatKongOwns()
    {
        EndpointSet set = Sets.Hashed(5000, 100, 100, 100, 100, 100);
        Assert.Equal((5000, 800), (((KetamaContinuum)set.Placement!).Slots, set.Placement!.Count));
        int[] expected = [5, 3, 2, 5, 3, 1, 2, 2, 1, 4, 4, 5, 4, 1, 5, 2, 2, 4, 2, 5, 3, 5, 3, 4, 1, 2, 3, 2, 3, 3];
        Assert.Equal(expected, Enumerable.Range(1, 30).Select(n => Owner(set, n.ToString(System.Globalization.CultureInfo.InvariantCulture)) + 1));
        Assert.Equal(2, Owner(set, "") + 1);
    }

    [Fact]
    public void Find_WeightsAndFewSlots_OwnsWhatKongOwns()
    {
        KetamaContinuum continuum = KetamaContinuum.Build(
            [
                new ContinuumTarget("mashape.com", 123, [new ContinuumAddress("1.2.3.4", 123, 10, 123)]),
                new ContinuumTarget("getkong.org", 321, [new ContinuumAddress("5.6.7.8", 321, 5, 321)]),
            ],
            100);
        Assert.Equal((1000, 319), (continuum.Slots, continuum.Count));
        Assert.Equal(213, Enumerable.Range(0, continuum.Count).Count(position => continuum.OwnerAt(position) == 123));
        int[] expected =
        [
            123, 123, 123, 321, 123, 123, 123, 123, 123, 123, 321, 123, 123, 123, 123,
            321, 123, 321, 123, 123, 321, 123, 321, 123, 123, 123, 321, 321, 321, 321,
        ];
        Assert.Equal(expected, Enumerable.Range(1, 30).Select(n => continuum.OwnerAt(continuum.Find(Hash(n.ToString(System.Globalization.CultureInfo.InvariantCulture))))));
    }

    [Fact]
    public void Find_NamesWithSeveralAddressesAndWithNone_OwnsWhatKongOwns()
    {
        KetamaContinuum continuum = KetamaContinuum.Build(
            [
                new ContinuumTarget("b.example", 8000, [new ContinuumAddress("10.1.0.9", 8000, 100, 9), new ContinuumAddress("10.1.0.10", 8000, 100, 10)]),
                new ContinuumTarget("a.example", 8000, [new ContinuumAddress("fd00::1", 8000, 50, 1)]),
                new ContinuumTarget("gone.example", 8000, []),
            ],
            10000);
        Assert.Equal(480, continuum.Count);
        int[] expected = [1, 9, 1, 10, 9, 9, 9, 10, 9, 9, 10, 10, 9, 1, 9, 9, 9, 10, 10, 1];
        Assert.Equal(expected, Enumerable.Range(1, 20).Select(n => continuum.OwnerAt(continuum.Find(Hash($"user-{n}")))));
    }

    [Fact]
    public void Build_AnyOrder_IsTheSame() => Gen.Select(Gen.Int[0, 300].Array[1, 8], Gen.Int).Sample((weights, seed) =>
    {
        ContinuumTarget[] targets = [.. weights.Select(static (weight, i) =>
            new ContinuumTarget($"t{i}", 80, [new ContinuumAddress($"10.0.0.{i}", 80, weight, i)]))];
        KetamaContinuum one = KetamaContinuum.Build(targets, 2000);
        new Random(seed).Shuffle(targets);
        KetamaContinuum other = KetamaContinuum.Build(targets, 2000);
        Assert.Equal(Owners(one), Owners(other));
    });

    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(20)]
    public void Membership_OneMoreOrLess_MovesAboutItsShare(int count)
    {
        EndpointSet many = Sets.Hashed(60000, [.. Enumerable.Repeat(100, count)]);
        EndpointSet fewer = Sets.Hashed(60000, [.. Enumerable.Repeat(100, count - 1)]);
        const int Keys = 20_000;
        int moved = 0;
        int strayed = 0;
        for (int key = 0; key < Keys; key++)
        {
            int before = Owner(fewer, $"key-{key}");
            int after = Owner(many, $"key-{key}");
            if (before != after)
            {
                moved++;
                strayed += after == count - 1 ? 0 : 1;
            }
        }

        Assert.InRange(moved / (double)Keys, 0.6 / count, 1.5 / count);

        // Points of the newcomer that take the slot of another push that one to its next name, in Kong as here.
        Assert.InRange(strayed / (double)Keys, 0, 0.02);
    }

    [Fact]
    public void Build_MorePointsThanSlots_StillServes()
    {
        EndpointSet set = Sets.Hashed(1000, [.. Enumerable.Repeat(1, 20)]);
        Assert.InRange(set.Placement!.Count, 1, 1000);
        Assert.InRange(Owner(set, "x"), 0, 19);
    }

    [Fact]
    public void Pick_UnavailableOwner_WalksToTheNextAndComesBack() => Gen.Select(Gen.Int[0, 3].Array[1, 8], Gen.Bool.Array[8], Gen.UInt).Sample(
        (weights, healthy, hash) =>
        {
            EndpointSet set = Sets.Hashed(3000, weights);
            PickQuery query = new() { Hash = hash };
            PickResult whole = ConsistentHash.Instance.Pick(set, in query);
            EndpointSet part = set;
            for (int i = 0; i < weights.Length; i++)
            {
                part = part.WithHealth(i, healthy[i]);
            }

            PickResult pick = ConsistentHash.Instance.Pick(part, in query);
            if (part.AvailableCount == 0)
            {
                Assert.Null(pick.Endpoint);
                return;
            }

            Assert.True(part.IsAvailable(pick.Index));
            if (part.IsAvailable(whole.Index))
            {
                Assert.Equal(whole, pick);
            }
        });

    [Fact]
    public void Pick_Tried_GoesThroughAllDistinctEndpoints()
    {
        EndpointSet set = Sets.Hashed(10000, 100, 100, 100, 100);
        for (uint hash = 0; hash < 200; hash++)
        {
            List<Endpoint> tried = [];
            for (int i = 0; i < 4; i++)
            {
                Endpoint next = ConsistentHash.Instance.Pick(set, new PickQuery { Hash = hash * 7919, Tried = tried.ToArray() }).Endpoint!;
                Assert.DoesNotContain(next, tried);
                tried.Add(next);
            }

            Assert.Same(tried[0], ConsistentHash.Instance.Pick(set, new PickQuery { Hash = hash * 7919, Tried = tried.ToArray() }).Endpoint);
        }
    }

    [Fact]
    public void Pick_NoPlacement_IsNone() => Assert.Equal(PickResult.None, ConsistentHash.Instance.Pick(Sets.Of(1), default));

    [Fact]
    public void Pick_Steady_AllocatesNothing()
    {
        EndpointSet set = Sets.Hashed(10000, 100, 50, 100);
        uint hash = 0;
        Assert.Equal(0, Allocations.Measure(() => ConsistentHash.Instance.Pick(set, new PickQuery { Hash = hash++ })));
    }

    private static ulong Hash(string key) => XxHash32.Compute(Encoding.UTF8.GetBytes(key));

    private static int Owner(EndpointSet set, string key) => ConsistentHash.Instance.Pick(set, new PickQuery { Hash = Hash(key) }).Index;

    private static int[] Owners(KetamaContinuum continuum) =>
        [.. Enumerable.Range(0, continuum.Slots).Select(slot => continuum.Count == 0 ? -1 : continuum.OwnerAt(continuum.Find((ulong)slot)))];
}
