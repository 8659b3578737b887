using System.Runtime.CompilerServices;
using CsCheck;
using VoltageSoda.Edge.Telemetry;

namespace VoltageSoda.Edge.Tests.Telemetry;

public sealed class CounterTableTests
{
    [Fact]
    public void Add_AnyKeys_EqualsADictionary() =>
        Gen.Long[1, 200].Array[0, 2000].Sample(keys =>
        {
            var table = new CounterTable();
            var expected = new Dictionary<long, long>();
            foreach (long key in keys)
            {
                Count(table, key);
                expected[key] = expected.GetValueOrDefault(key) + 1;
            }

            var actual = new Dictionary<long, long>();
            table.AddTo(actual);
            return actual.Count == expected.Count && actual.All(pair => expected[pair.Key] == pair.Value);
        });

    [Fact]
    public void AddTo_WhileTheTableGrows_NeverLosesAKeyOrCountsBackwards()
    {
        var table = new CounterTable();
        int written = 0;
        var writer = new Thread(() =>
        {
            for (int i = 1; i <= 20_000; i++)
            {
                Count(table, i);
                Volatile.Write(ref written, i);
            }
        });
        writer.Start();
        bool last;
        do
        {
            last = writer.Join(0);
            int before = Volatile.Read(ref written);
            var seen = new Dictionary<long, long>();
            table.AddTo(seen);
            Assert.True(seen.Count >= before);
            Assert.All(seen, static pair => Assert.InRange(pair.Value, 0, 1));
        }
        while (!last);
    }

    private static void Count(CounterTable table, long key)
    {
        ref long slot = ref table.Find(key);
        if (Unsafe.IsNullRef(ref slot))
        {
            slot = ref table.Add(key);
        }

        slot++;
    }
}
