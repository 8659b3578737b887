using VoltageSoda.Edge.Configuration.Kong;
using VoltageSoda.Edge.Model;
using VoltageSoda.Edge.Snapshot;

namespace VoltageSoda.Edge.Tests.Snapshot;

public sealed class PluginLookupTests
{
    // All eight scopes of one plugin, most specific first: the order of kong/runloop/plugins_iterator.lua.
    private static readonly (string? Route, string? Service, string? Consumer)[] Cascade =
    [
        ("r", "s", "c"), ("r", null, "c"), (null, "s", "c"), ("r", "s", null), (null, null, "c"), ("r", null, null), (null, "s", null), (null, null, null),
    ];

    public static TheoryData<int, int> Pairs
    {
        get
        {
            TheoryData<int, int> pairs = [];
            for (int winner = 0; winner < Cascade.Length; winner++)
            {
                for (int loser = winner + 1; loser < Cascade.Length; loser++)
                {
                    pairs.Add(winner, loser);
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Applying_TwoScopes_TheMoreSpecificRuns(int winner, int loser)
    {
        KongPlugin expected = Instance(winner);
        KongPlugin other = Instance(loser);

        Assert.Same(expected, Assert.Single(Apply([other, expected], "r", "s", "c")));
        Assert.Same(expected, Assert.Single(Apply([expected, other], "r", "s", "c")));
    }

    [Theory]
    [InlineData("x", "s", "c", 2)]
    [InlineData("r", "x", "c", 1)]
    [InlineData("r", "s", "x", 3)]
    [InlineData("x", "x", "c", 4)]
    [InlineData("r", "x", "x", 5)]
    [InlineData("x", "s", "x", 6)]
    [InlineData("x", "x", "x", 7)]
    [InlineData(null, null, null, 7)]
    public void Applying_AllScopes_TheFirstThatFitsRuns(string? route, string? service, string? consumer, int expected)
    {
        KongPlugin[] all = [.. Enumerable.Range(0, Cascade.Length).Select(Instance)];

        Assert.Same(all[expected], Assert.Single(Apply(all, route, service, consumer)));
    }

    [Fact]
    public void Applying_DisabledInstance_HidesNothing()
    {
        KongPlugin global = PluginInstances.Of("acl");
        KongPlugin disabled = PluginInstances.Of("acl", route: "r", enabled: false);

        Assert.Same(global, Assert.Single(Apply([disabled, global], "r", "s", null)));
    }

    // Only the subsystem counts, so that no guard is passed by using the other scheme.
    [Theory]
    [InlineData("https")]
    [InlineData("http")]
    [InlineData("grpc")]
    [InlineData("grpcs")]
    public void Applying_InstanceForOneHttpProtocol_RunsOnAll(string protocol)
    {
        KongPlugin guard = PluginInstances.Of("acl", route: "r", protocols: protocol);

        Assert.Same(guard, Assert.Single(Apply([guard, PluginInstances.Of("acl")], "r", null, null)));
    }

    [Fact]
    public void Applying_InstanceForStreams_HidesNothing()
    {
        KongPlugin global = PluginInstances.Of("acl");
        KongPlugin streams = PluginInstances.Of("acl", route: "r", protocols: ["tcp", "tls"]);

        Assert.Same(global, Assert.Single(Apply([streams, global], "r", null, null)));
    }

    [Fact]
    public void Applying_EveryBundledPlugin_RunsInKongsOrder()
    {
        string[] names = [.. KongPlugins.Bundled];
        int[] priorities = [.. names.Select(PluginPriorities.Of)];
        Assert.DoesNotContain(int.MinValue, priorities);
        Assert.Equal(priorities.Length, priorities.Distinct().Count());

        string[] ran = [.. Apply([.. names.Order().Select(name => PluginInstances.Of(name))], null, null, null).Select(plugin => plugin.Name)];

        Assert.Equal(names.OrderByDescending(PluginPriorities.Of), ran);
        string[] served =
        [
            "correlation-id", "zipkin", "cors", "jwt", "key-auth", "basic-auth", "ip-restriction", "request-size-limiting", "acl",
            "rate-limiting", "request-transformer", "response-transformer", "prometheus", "http-log", "request-termination",
        ];
        Assert.Equal(served, ran.Where(served.Contains));
    }

    // What makes one border between "nobody known" and "consumer known" exact: see PluginPriorities.LastAuthentication.
    [Fact]
    public void Priorities_BetweenAuthenticationPlugins_NothingMayHaveAConsumer()
    {
        string[] between = [.. KongPlugins.Bundled.Where(name => PluginPriorities.Of(name) is <= 1450 and >= PluginPriorities.LastAuthentication)];

        Assert.Contains("jwt", between);
        Assert.All(between, name => Assert.False(KongPlugins.Find(name)!.ConsumerScope));
    }

    // Many small configurations; each sentence of the specification is a special case of this one.
    [Fact]
    public void Applying_AnyConfiguration_RunsWhatKongsIteratorRuns()
    {
        string[] everywhere = ["correlation-id", "zipkin", "ip-restriction", "request-size-limiting", "rate-limiting", "request-transformer", "http-log"];
        string[] noConsumer = ["cors", "jwt", "key-auth", "basic-auth", "acl"];
        Random random = new(20260101);
        for (int round = 0; round < 4000; round++)
        {
            List<KongPlugin> plugins = [];
            for (int i = random.Next(1, 14); i > 0; i--)
            {
                bool mayHaveConsumer = random.Next(2) == 0;
                string name = Pick(random, mayHaveConsumer ? everywhere : noConsumer);
                KongPlugin plugin = PluginInstances.Of(
                    name,
                    Maybe(random, "r1", "r2"),
                    Maybe(random, "s1", "s2"),
                    mayHaveConsumer ? Maybe(random, "c1", "c2") : null,
                    enabled: random.Next(8) != 0,
                    random.Next(6) == 0 ? [Pick(random, "http", "https", "tcp")] : []);
                if (!plugins.Exists(other => other.InstanceName == plugin.InstanceName))
                {
                    plugins.Add(plugin);
                }
            }

            string? route = Maybe(random, "r1", "r2");
            string? service = route is null ? null : Maybe(random, "s1", "s2");
            Dictionary<string, string> identified = [];
            foreach (string name in (string[])["jwt", "key-auth", "basic-auth"])
            {
                if (random.Next(2) == 0)
                {
                    identified[name] = Pick(random, "c1", "c2", "c3");
                }
            }

            List<KongPlugin> expected = new ReferenceIterator(plugins).Run(route, service, identified);

            // The chain that the edge ends up with: of the last one identified by a plugin that ran.
            string? consumer = expected.Select(plugin => identified.GetValueOrDefault(plugin.Name)).LastOrDefault(name => name is not null);
            IReadOnlyList<KongPlugin> actual = new PluginLookup(plugins).Applying(
                PluginInstances.IdOrNull(route), PluginInstances.IdOrNull(service), PluginInstances.IdOrNull(consumer));
            Assert.Equal(expected.Select(plugin => plugin.InstanceName), actual.Select(plugin => plugin.InstanceName));
        }
    }

    private static KongPlugin Instance(int rank) =>
        PluginInstances.Of("rate-limiting", Cascade[rank].Route, Cascade[rank].Service, Cascade[rank].Consumer);

    private static IReadOnlyList<KongPlugin> Apply(KongPlugin[] plugins, string? route, string? service, string? consumer) =>
        new PluginLookup(plugins).Applying(
            PluginInstances.IdOrNull(route), PluginInstances.IdOrNull(service), PluginInstances.IdOrNull(consumer));

    private static string Pick(Random random, params string[] names) => names[random.Next(names.Length)];

    private static string? Maybe(Random random, params string[] names) => random.Next(2) == 0 ? null : Pick(random, names);
}
