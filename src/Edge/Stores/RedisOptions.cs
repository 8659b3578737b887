using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Stores;

/// <summary>
/// The client's options for a target: nothing queues while there is no connection, nothing is ever sent twice, and a server that comes back is
/// found within a fraction of a second.
/// </summary>
internal static class RedisOptions
{
    private const int HeartbeatMilliseconds = 200;
    private const int ReconnectMilliseconds = 100;
    private const int LongestConnectMilliseconds = 1000;

    public static ConfigurationOptions For(RedisTarget target, X509Certificate2Collection? roots)
    {
        ConfigurationOptions options = new()
        {
            AbortOnConnectFail = false,
            ConnectRetry = 1,
            ConnectTimeout = Math.Min(target.Timeout, LongestConnectMilliseconds),
            AsyncTimeout = target.Timeout,
            SyncTimeout = target.Timeout,
            HeartbeatInterval = TimeSpan.FromMilliseconds(HeartbeatMilliseconds),
            BacklogPolicy = BacklogPolicy.FailFast,
            ReconnectRetryPolicy = new LinearRetry(ReconnectMilliseconds),
            ClientName = "voltage-edge",
            SetClientLibrary = false,
            ConfigurationChannel = "",
            TieBreaker = "",
            IncludeDetailInExceptions = false,
            IncludePerformanceCountersInExceptions = false,
            User = target.User,
            Password = target.Password?.Reveal(),
            DefaultDatabase = target.Database,
            ServiceName = target.ServiceName,
        };
        foreach (string server in target.Servers.Split(','))
        {
            options.EndPoints.Add(server);
        }

        if (target.Topology == RedisTopology.Sentinel)
        {
            options.SentinelUser = target.SentinelUser;
            options.SentinelPassword = target.SentinelPassword?.Reveal();
        }
        else
        {
            // A second connection per server, for channels that nobody listens to.
            options.CommandMap = CommandMap.Create(["SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "CONFIG"], available: false);
        }

        if (target.Ssl)
        {
            options.Ssl = true;
            options.SslHost = target.ServerName;
            options.CertificateValidation += (_, certificate, chain, errors) =>
                !target.SslVerify || IsTrusted(certificate, chain, errors, roots);
        }

        return options;
    }

    // With roots of the operator's own, those are the only ones (nginx: lua_ssl_trusted_certificate); without, the system decided.
    private static bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection? roots)
    {
        if (roots is null || certificate is not X509Certificate2 leaf || chain is null)
        {
            return errors == SslPolicyErrors.None;
        }

        if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using X509Chain own = new();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(roots);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        return own.Build(leaf);
    }
}
