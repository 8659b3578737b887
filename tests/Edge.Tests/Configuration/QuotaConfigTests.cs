using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>token-bucket, and the settings of limits on Redis.</summary>
public sealed class QuotaConfigTests
{
    [Fact]
    public void TokenBucket_Defaults()
    {
        (LoadResult result, KongPlugin plugin) = Loading.Plugin("token-bucket", "{rate: 2.5}");
        Assert.False(result.Refused);
        TokenBucketConfig config = (TokenBucketConfig)plugin.Config;
        Assert.Equal((2.5, 3, BucketBy.Consumer, RateLimitPolicy.Local), (config.Rate, config.Burst, config.LimitBy, config.Policy));
        Assert.Equal((true, false, 429, "API rate limit exceeded"), (config.FaultTolerant, config.HideClientHeaders, config.ErrorCode, config.ErrorMessage));
    }

    [Theory]
    [InlineData("{}", "rate: required field missing")]
    [InlineData("{rate: 0}", "value should be between 0.001 and 1000000")]
    [InlineData("{rate: 2000000}", "value should be between 0.001 and 1000000")]
    [InlineData("{rate: 1, burst: 0}", "value should be between 1 and 1000000")]
    [InlineData("{rate: 1, limit_by: user}", "expected one of: consumer, ip, header, path, claim")]
    [InlineData("{rate: 1, limit_by: header}", "required field missing")]
    [InlineData("{rate: 1, limit_by: header, header_name: 'a b'}", "bad header name 'a b'")]
    [InlineData("{rate: 1, limit_by: claim}", "required field missing")]
    [InlineData("{rate: 1, policy: redis}", "required field missing")]
    [InlineData("{rate: 1, policy: cluster}", "expected one of: local, redis")]
    public void TokenBucket_Bad_Refuses(string config, string sentence)
    {
        (LoadResult result, _) = Loading.Plugin("token-bucket", config);
        Assert.True(result.Refused);
        Assert.Contains(result.Findings, finding => finding.Severity == DiagnosticSeverity.Error && finding.ToString().Contains(sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void Servers_ClusterAndSentinel_AreRead()
    {
        RedisServers? cluster = EdgeSettings.From(("EDGE_REDIS_SERVERS", "cluster://a,b:7000,[::1]:7001")).Pools.RedisServers;
        Assert.Equal((RedisTopology.Cluster, "a:6379 b:7000 [::1]:7001", null), (cluster!.Topology, string.Join(' ', cluster.Servers), cluster.ServiceName));
        RedisServers? sentinel = EdgeSettings.From(
            ("EDGE_REDIS_SERVERS", "sentinel://a,b:7/main"), ("EDGE_REDIS_SENTINEL_USERNAME", "u"), ("EDGE_REDIS_SENTINEL_PASSWORD", "p")).Pools.RedisServers;
        Assert.Equal((RedisTopology.Sentinel, "a:26379 b:7", "main", "u"), (sentinel!.Topology, string.Join(' ', sentinel.Servers), sentinel.ServiceName, sentinel.SentinelUser));
        Assert.Equal("p", sentinel.SentinelPassword!.Reveal());
        Assert.Null(EdgeSettings.From().Pools.RedisServers);
    }

    [Theory]
    [InlineData("a:6379")]
    [InlineData("http://a")]
    [InlineData("redis://a,b")]
    [InlineData("redis://")]
    [InlineData("redis://a/0")]
    [InlineData("sentinel://a")]
    [InlineData("sentinel://a/")]
    [InlineData("cluster://a/main")]
    [InlineData("cluster://a:0")]
    [InlineData("cluster://user@a:1")]
    public void Servers_Bad_AreRefused(string text) => Assert.True(EdgeSettings.From(("EDGE_REDIS_SERVERS", text)).Refused);
}
