using System.Net;
using VoltageSoda.Edge.Upstream.Dns;

namespace VoltageSoda.Edge.Tests.Upstream.Dns;

public sealed class NameResolverTests
{
    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3")]
    [InlineData("::1", "::1")]
    [InlineData("[2001:db8::1]", "2001:db8::1")]
    public async Task Watch_Literal_IsAnsweredWithoutLookup(string host, string expected)
    {
        await using ResolverProbe probe = new();

        using NameWatch watch = probe.Watch(host, 8080);
        NameAnswer answer = await watch.FirstAnswer;

        Assert.Equal([new ResolvedAddress(IPAddress.Parse(expected), 8080, null, 0)], answer.Addresses);
        Assert.Equal(Timeout.InfiniteTimeSpan, answer.Ttl);
        Assert.Empty(probe.Client.Asked);
        Assert.Equal(0, probe.Resolver.Counters.Lookups);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("010.0.0.1")]
    public async Task Watch_NumberThatIsNoAddress_IsAName(string host)
    {
        await using ResolverProbe probe = new();

        using NameWatch watch = probe.Watch(host);

        Assert.Equal(NameStatus.NotFound, (await watch.FirstAnswer).Status);
        Assert.NotEmpty(probe.Client.Asked);
    }

    [Fact]
    public async Task Watch_Name_IsLookedUpAgainWhenItsTtlEnds()
    {
        await using ResolverProbe probe = new();
        probe.Client.SetAddresses("web", ttl: 30, "10.0.0.1");
        using NameWatch watch = probe.Watch("web", 8000);
        NameAnswer first = await probe.NextAnswerAsync();
        await probe.LookupAsync();

        probe.Client.SetAddresses("web", ttl: 5, "10.0.0.1", "10.0.0.2");
        probe.Time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(watch.IsLookingUp);
        await probe.AdvanceToLookupAsync(0.1);
        NameAnswer second = await probe.NextAnswerAsync();

        Assert.Equal([new ResolvedAddress(IPAddress.Parse("10.0.0.1"), 8000, null, 0)], first.Addresses);
        Assert.Equal(TimeSpan.FromSeconds(30), first.Ttl);
        Assert.Equal(2, second.Addresses.Count);
        Assert.Equal(TimeSpan.FromSeconds(5), second.Ttl);
        Assert.Same(second, watch.Current);
    }

    [Fact]
    public async Task Watch_UnchangedSet_IsNotReported()
    {
        await using ResolverProbe probe = new();
        probe.Client.SetAddresses("web", ttl: 10, "10.0.0.1", "10.0.0.2");
        using NameWatch watch = probe.Watch("web");
        await probe.NextAnswerAsync();
        await probe.LookupAsync();

        probe.Client.SetAddresses("web", ttl: 20, "10.0.0.2", "10.0.0.1");
        await probe.AdvanceToLookupAsync(10);
        Assert.Equal(TimeSpan.FromSeconds(20), watch.Current!.Ttl);
        probe.Client.SetAddresses("web", ttl: 20, "10.0.0.3");
        await probe.AdvanceToLookupAsync(20);

        Assert.Equal(IPAddress.Parse("10.0.0.3"), Assert.Single((await probe.NextAnswerAsync()).Addresses).Address);
        Assert.True(probe.HasNoAnswer);
        Assert.Equal(3, probe.Resolver.Counters.Lookups);
        Assert.Equal(2, probe.Resolver.Counters.Changes);
    }

    [Theory]
    [InlineData(0u, 1)]
    [InlineData(100_000u, 3600)]
    public async Task Watch_TtlOutsideBounds_IsBounded(uint ttl, int expected)
    {
        await using ResolverProbe probe = new();
        probe.Client.SetAddresses("web", ttl, "10.0.0.1");

        using NameWatch watch = probe.Watch("web");

        Assert.Equal(TimeSpan.FromSeconds(expected), (await watch.FirstAnswer).Ttl);
    }

    [Fact]
    public async Task Watch_ValidTtlSet_ReplacesTheRecords()
    {
        await using ResolverProbe probe = new(static options => options with { ValidTtl = TimeSpan.FromSeconds(7) });
        probe.Client.SetAddresses("web", 300, "10.0.0.1");

        using NameWatch watch = probe.Watch("web");

        Assert.Equal(TimeSpan.FromSeconds(7), (await watch.FirstAnswer).Ttl);
    }

    [Fact]
    public async Task Watch_Jitter_OnlyLengthensThePause()
    {
        await using ResolverProbe probe = new(static options => options with { Jitter = 0.5, Random = new FixedRandom(0.8) });
        probe.Client.SetAddresses("web", 10, "10.0.0.1");
        using NameWatch watch = probe.Watch("web");
        await probe.LookupAsync();

        probe.Time.Advance(TimeSpan.FromSeconds(13.9));
        Assert.False(watch.IsLookingUp);
        await probe.AdvanceToLookupAsync(0.1);

        Assert.Equal(2, probe.Resolver.Counters.Lookups);
    }

    [Fact]
    public async Task Watch_LookupFails_KeepsAddressesAndBacksOff()
    {
        await using ResolverProbe probe = new(static options => options with { MaximumErrorTtl = TimeSpan.FromSeconds(5) });
        probe.Client.SetAddresses("web", 10, "10.0.0.1");
        using NameWatch watch = probe.Watch("web");
        await probe.NextAnswerAsync();
        await probe.LookupAsync();

        probe.Client.Set("web", RecordKind.A, NameReplyKind.Unreachable);
        double pause = 10;
        foreach (double next in new[] { 1.0, 2, 4, 5, 5 })
        {
            await probe.AdvanceToLookupAsync(pause);
            Assert.Equal(NameStatus.Stale, watch.Current!.Status);
            Assert.Equal(TimeSpan.FromSeconds(next), watch.Current.Ttl);
            Assert.Single(watch.Current.Addresses);
            pause = next;
        }

        Assert.Equal(5, probe.Resolver.Counters.Failures);
        Assert.True(probe.HasNoAnswer);

        probe.Client.SetAddresses("web", 10, "10.0.0.1");
        await probe.AdvanceToLookupAsync(5);
        Assert.Equal(NameStatus.Resolved, watch.Current!.Status);
        probe.Client.Set("web", RecordKind.A, NameReplyKind.ServerError);
        await probe.AdvanceToLookupAsync(10);
        Assert.Equal(TimeSpan.FromSeconds(1), watch.Current.Ttl);
        lock (probe.Messages)
        {
            Assert.Equal(3, probe.Messages.Count);
            Assert.StartsWith("DNS: name resolution failed for web (Stale); 1 earlier addresses stay in use", probe.Messages[0]);
            Assert.Equal("DNS: web resolves again, 1 addresses", probe.Messages[1]);
        }
    }

    [Fact]
    public async Task Watch_FirstLookupFails_AnswersFailedAndRecovers()
    {
        await using ResolverProbe probe = new();
        probe.Client.Set("web", RecordKind.Srv, NameReplyKind.Unreachable);
        using NameWatch watch = probe.Watch("web");

        NameAnswer answer = await watch.FirstAnswer;
        await probe.LookupAsync();
        Assert.Equal(NameStatus.Failed, answer.Status);
        Assert.Empty(answer.Addresses);
        Assert.Equal(answer, await probe.NextAnswerAsync());

        probe.Client.SetAddresses("web", 10, "10.0.0.1");
        await probe.AdvanceToLookupAsync(1);
        Assert.Equal(NameStatus.Resolved, (await probe.NextAnswerAsync()).Status);
    }

    [Fact]
    public async Task Watch_UnknownName_IsAskedForAgainAfterNotFoundTtl()
    {
        await using ResolverProbe probe = new();
        using NameWatch watch = probe.Watch("web");
        NameAnswer answer = await watch.FirstAnswer;
        await probe.LookupAsync();

        Assert.Equal((NameStatus.NotFound, TimeSpan.FromSeconds(30)), (answer.Status, answer.Ttl));
        probe.Client.SetAddresses("web", 10, "10.0.0.1");
        await probe.AdvanceToLookupAsync(30);

        Assert.Equal(NameStatus.Resolved, watch.Current!.Status);
        Assert.Equal(1, probe.Resolver.Counters.NotFound);
    }

    [Fact]
    public async Task Watch_NameDenied_GivesAddressesUpOnlyWhenThatPersists()
    {
        await using ResolverProbe probe = new();
        probe.Client.SetAddresses("web", 10, "10.0.0.1");
        using NameWatch watch = probe.Watch("web");
        await probe.NextAnswerAsync();
        await probe.LookupAsync();
        probe.Client.Set("web", RecordKind.A, NameReplyKind.NoSuchName);

        await probe.AdvanceToLookupAsync(10);
        double waited = 0;
        while (watch.Current!.Status == NameStatus.Stale)
        {
            Assert.Single(watch.Current.Addresses);
            waited += watch.Current.Ttl.TotalSeconds;
            await probe.AdvanceToLookupAsync(watch.Current.Ttl.TotalSeconds);
        }

        Assert.Equal(30, waited);
        Assert.Equal(NameStatus.NotFound, watch.Current.Status);
        Assert.Empty((await probe.NextAnswerAsync()).Addresses);
    }

    [Fact]
    public async Task Watch_ClientHangs_CountsAsFailedAfterTheLimit()
    {
        await using ResolverProbe probe = new(static options => options with { LookupTimeout = TimeSpan.FromSeconds(3) });
        TaskCompletionSource asked = new();
        probe.Client.Set("web", RecordKind.Srv, async cancellation =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            return default;
        });
        using NameWatch watch = probe.Watch("web");
        await asked.Task;

        await probe.AdvanceToLookupAsync(3);

        Assert.Equal(NameStatus.Failed, watch.Current!.Status);
    }

    [Fact]
    public async Task Watch_ClientThrows_CountsAsFailedAndIsLogged()
    {
        await using ResolverProbe probe = new();
        probe.Client.Set("web", RecordKind.Srv, static _ => throw new InvalidOperationException("broken client"));

        using NameWatch watch = probe.Watch("web");

        Assert.Equal(NameStatus.Failed, (await watch.FirstAnswer).Status);
        lock (probe.Messages)
        {
            Assert.Contains("DNS: looking web up ended in an unexpected error", probe.Messages);
        }
    }

    [Fact]
    public async Task Watch_SameNameTwice_SharesTheLookupAndKeepsEachPort()
    {
        await using ResolverProbe probe = new();
        probe.Client.SetAddresses("web", 10, "10.0.0.1");

        using NameWatch one = probe.Watch("web", 80);
        using NameWatch two = probe.Watch("WEB", 443);
        NameAnswer first = await one.FirstAnswer;
        NameAnswer second = await two.FirstAnswer;
        using NameWatch late = probe.Watch("web", 81);
        NameAnswer third = await late.FirstAnswer;

        Assert.Equal([80, 443, 81], new[] { first, second, third }.Select(static answer => answer.Addresses[0].Port));
        Assert.Equal(["Srv web", "A web"], probe.Client.Asked);
    }

    [Fact]
    public async Task Watch_ServicePortZero_TakesTheDefault()
    {
        await using ResolverProbe probe = new();
        probe.Client.Set("web", RecordKind.Srv, ScriptedNameClient.Service("one.example", 0, address: "10.0.0.1"));

        using NameWatch watch = probe.Watch("web", 8000);

        Assert.Equal(8000, Assert.Single((await watch.FirstAnswer).Addresses).Port);
    }

    [Fact]
    public async Task Watch_CallbackThrows_IsLoggedAndDeliveryGoesOn()
    {
        await using ResolverProbe probe = new();
        probe.Client.SetAddresses("web", 10, "10.0.0.1");
        using NameWatch watch = probe.Resolver.Watch("web", 80, false, static _ => throw new InvalidOperationException("broken user"));

        Assert.Equal(NameStatus.Resolved, (await watch.FirstAnswer).Status);
        lock (probe.Messages)
        {
            Assert.Contains("DNS: the user of web failed to take its addresses", probe.Messages);
        }
    }

    [Fact]
    public async Task Refresh_InsideTheInterval_WaitsForItsEnd()
    {
        await using ResolverProbe probe = new();
        probe.Client.SetAddresses("web", 300, "10.0.0.1");
        using NameWatch watch = probe.Watch("web");
        await probe.NextAnswerAsync();
        await probe.LookupAsync();
        probe.Client.SetAddresses("web", 300, "10.0.0.2");

        probe.Time.Advance(TimeSpan.FromSeconds(0.4));
        watch.Refresh();
        watch.Refresh();
        probe.Time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.False(watch.IsLookingUp);
        await probe.AdvanceToLookupAsync(0.1);

        Assert.Equal("10.0.0.2", (await probe.NextAnswerAsync()).Addresses[0].Address.ToString());
        Assert.Equal(2, probe.Resolver.Counters.Lookups);
    }

    [Fact]
    public async Task Refresh_AfterTheInterval_StartsAtOnce()
    {
        await using ResolverProbe probe = new();
        probe.Client.SetAddresses("web", 300, "10.0.0.1");
        using NameWatch watch = probe.Watch("web");
        await probe.LookupAsync();
        probe.Time.Advance(TimeSpan.FromSeconds(1));

        watch.Refresh();
        Assert.True(watch.IsLookingUp);
        watch.Refresh();
        await probe.LookupAsync();

        Assert.Equal(2, probe.Resolver.Counters.Lookups);
    }

    [Fact]
    public async Task Refresh_Literal_DoesNothing()
    {
        await using ResolverProbe probe = new();
        using NameWatch watch = probe.Watch("10.0.0.1");
        await watch.FirstAnswer;

        watch.Refresh();

        Assert.Empty(probe.Client.Asked);
    }

    [Fact]
    public async Task Dispose_LastWatch_LetsTheAnswerLingerWithoutLookups()
    {
        await using ResolverProbe probe = new();
        probe.Client.SetAddresses("web", 5, "10.0.0.1");
        NameWatch watch = probe.Watch("web");
        await probe.NextAnswerAsync();
        await probe.LookupAsync();
        watch.Dispose();

        probe.Time.Advance(TimeSpan.FromSeconds(29));
        probe.Client.Set("web", RecordKind.A, NameReplyKind.Unreachable);
        using (NameWatch again = probe.Watch("web"))
        {
            Assert.Equal("10.0.0.1", (await again.FirstAnswer).Addresses[0].Address.ToString());
            await probe.LookupAsync();
            Assert.Equal(NameStatus.Stale, again.Current!.Status);
        }

        probe.Time.Advance(TimeSpan.FromSeconds(30));
        using NameWatch fresh = probe.Watch("web");
        Assert.Equal(NameStatus.Failed, (await fresh.FirstAnswer).Status);
        Assert.Equal(3, probe.Client.Asked.Count(static asked => asked == "A web"));
    }

    [Fact]
    public async Task Dispose_Watch_EndsItsCallsAlone()
    {
        await using ResolverProbe probe = new();
        probe.Client.SetAddresses("web", 5, "10.0.0.1");
        int calls = 0;
        NameWatch ended = probe.Resolver.Watch("web", 80, true, _ => Interlocked.Increment(ref calls));
        using NameWatch kept = probe.Watch("web");
        await ended.FirstAnswer;
        await probe.NextAnswerAsync();
        await probe.LookupAsync();

        ended.Dispose();
        ended.Dispose();
        probe.Client.SetAddresses("web", 5, "10.0.0.2");
        await probe.AdvanceToLookupAsync(5);
        await probe.NextAnswerAsync();

        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task DisposeAsync_LookupUnderWay_CancelsAndWaitsForIt()
    {
        ResolverProbe probe = new();
        TaskCompletionSource asked = new();
        bool ended = false;
        probe.Client.Set("web", RecordKind.Srv, async cancellation =>
        {
            asked.TrySetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                return default;
            }
            finally
            {
                Volatile.Write(ref ended, true);
            }
        });
        NameWatch watch = probe.Watch("web");
        await asked.Task;

        await probe.DisposeAsync();

        Assert.True(Volatile.Read(ref ended));
        Assert.True(watch.FirstAnswer.IsCanceled);
        Assert.Throws<ObjectDisposedException>(() => probe.Watch("other"));
    }

    [Fact]
    public async Task Watch_MoreNamesThanSlots_AllAreAnswered()
    {
        await using ResolverProbe probe = new(static options => options with { MaximumParallelLookups = 2 });
        int active = 0;
        int most = 0;
        async Task<NameReply> CountAsync(CancellationToken cancellation)
        {
            int now = Interlocked.Increment(ref active);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref active);
            return new NameReply(NameReplyKind.Records, [ScriptedNameClient.Address("10.0.0.1")]);
        }

        string[] names = [.. Enumerable.Range(0, 50).Select(static i => $"n{i}")];
        foreach (string name in names)
        {
            probe.Client.Set(name, RecordKind.A, CountAsync);
        }

        await Task.WhenAll(names.Select(name => probe.Watch(name, allowSrv: false).FirstAnswer));

        Assert.InRange(most, 1, 2);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int found = Interlocked.CompareExchange(ref target, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    private sealed class FixedRandom(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
