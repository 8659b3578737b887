using System.Net;
using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;
using VoltageSoda.Edge.Model;

namespace VoltageSoda.Edge.Tests.Configuration;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("0.5s", 500)]
    [InlineData("7", 7_000)]
    [InlineData("0", 0)]
    [InlineData(" 2s ", 2_000)]
    public void TryDuration_Valid_IsRead(string text, int milliseconds)
    {
        Assert.True(SettingGrammar.TryDuration(text, TimeSpan.FromSeconds(1), out TimeSpan value, out _));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1w")]
    [InlineData("1 s")]
    [InlineData("1s5")]
    [InlineData("1e3s")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1..5s")]
    [InlineData("400d")]
    [InlineData("10S")]
    public void TryDuration_Invalid_IsRefused(string text) =>
        Assert.False(SettingGrammar.TryDuration(text, TimeSpan.FromSeconds(1), out _, out _));

    [Theory]
    [InlineData("65536", 65536)]
    [InlineData("64KiB", 65536)]
    [InlineData("1MiB", 1 << 20)]
    [InlineData("2GiB", 2L << 30)]
    [InlineData("8k", 8192)]
    [InlineData("10m", 10 << 20)]
    [InlineData("0", 0)]
    [InlineData("12B", 12)]
    public void TrySize_Valid_IsRead(string text, long bytes)
    {
        Assert.True(SettingGrammar.TrySize(text, out long value, out _));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("KiB")]
    [InlineData("-1")]
    [InlineData("1.5KiB")]
    [InlineData("1KB")]
    [InlineData("1kib")]
    [InlineData("9223372036854775807KiB")]
    public void TrySize_Invalid_IsRefused(string text) => Assert.False(SettingGrammar.TrySize(text, out _, out _));

    [Theory]
    [InlineData("on", true)]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData("ON", true)]
    [InlineData("off", false)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    public void TryBoolean_Valid_IsRead(string text, bool value)
    {
        Assert.True(SettingGrammar.TryBoolean(text, out bool read, out _));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("")]
    [InlineData("2")]
    public void TryBoolean_Invalid_IsRefused(string text) => Assert.False(SettingGrammar.TryBoolean(text, out _, out _));

    [Fact]
    public void Load_Nothing_GivesTheDefaults()
    {
        EdgeSettings settings = EdgeSettings.From();
        Assert.Empty(settings.Findings);
        Assert.Equal((8192, 8192, 32768, 100), (settings.Limits.RequestLine(ListenerDialect.Kong), settings.Limits.HeaderLine(ListenerDialect.Kong), settings.Limits.HeadersTotal(ListenerDialect.Kong), settings.Limits.HeaderCount));
        Assert.Equal((61440, 61440), (settings.Limits.RequestLine(ListenerDialect.Istio), settings.Limits.HeadersTotal(ListenerDialect.Istio)));
        Assert.Equal((65536, 10_000, 50_000, 10_000, 0), (settings.Limits.ResponseHead, settings.Limits.ConnectionRequests, settings.Limits.Connections, settings.Limits.ConnectionsPerListener, settings.Limits.ConnectionsPerIp));
        Assert.Equal(TimeSpan.FromSeconds(10), settings.Timeouts.RequestHead);
        Assert.Equal((75d, 180d, 3600d), (settings.Timeouts.Idle(ListenerDialect.Kong, false).TotalSeconds, settings.Timeouts.Idle(ListenerDialect.Kong, true).TotalSeconds, settings.Timeouts.Idle(ListenerDialect.Istio, true).TotalSeconds));
        Assert.Equal((55d, 2d, 20d, 5d), (settings.Pools.Idle.TotalSeconds, settings.Timeouts.Linger.TotalSeconds, settings.Listeners.DrainTimeout.TotalSeconds, settings.Listeners.MinimumDrain.TotalSeconds));
        Assert.Equal(TimeSpan.FromMilliseconds(50), settings.Pools.RedisBudget);
        Assert.Equal(UnderscoreHeaders.Reject, settings.Limits.UnderscoreHeaders(ListenerDialect.Istio));
        Assert.Equal(UnderscoreHeaders.Allow, settings.Limits.UnderscoreHeaders(ListenerDialect.Kong));
        Assert.Equal([8000, 8443], settings.Listeners.Proxy(false, false).Select(address => address.Port));
        Assert.Equal(ConfigMode.Compat, settings.Sources.Mode);
        Assert.True(settings.Kong.Headers.HasFlag(KongHeaders.Server | KongHeaders.Via | KongHeaders.AdminLatency | KongHeaders.RequestId));
        Assert.False(settings.Kong.Headers.HasFlag(KongHeaders.UpstreamStatus));
    }

    [Fact]
    public void Proxy_OnlyOtherDialectsConfigured_IsOff()
    {
        EdgeSettings settings = EdgeSettings.From(("EDGE_CONFIG", "/etc/edge"));
        Assert.Empty(settings.Listeners.Proxy(kongDocument: false, anythingConfigured: true));
        Assert.Equal(2, settings.Listeners.Proxy(kongDocument: true, anythingConfigured: true).Count);
        Assert.Equal(2, EdgeSettings.From(("KONG_LOG_LEVEL", "info")).Listeners.Proxy(false, true).Count);
    }

    [Fact]
    public void Load_SeveralLayers_TheHigherWins()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(file, "# comment\nupstream_keepalive_idle_timeout = 10 # seconds\nlog_level = debug\nEDGE_LOOPS = 3\nproxy_listen = 127.0.0.1:1000\nnonsense = 1\n");
        try
        {
            Dictionary<string, string> variables = new()
            {
                ["EDGE_SETTINGS"] = file,
                ["EDGE_POOL_IDLE"] = "30s",
                ["KONG_UPSTREAM_KEEPALIVE_IDLE_TIMEOUT"] = "20",
                ["KONG_LOG_LEVEL"] = "error",
                ["EDGE_LOOPS"] = "",
            };
            EdgeSettings settings = SettingsLoader.Load(variables, new Dictionary<string, string> { ["KONG_PROXY_LISTEN"] = "127.0.0.1:2000" });
            Assert.Equal(TimeSpan.FromSeconds(30), settings.Pools.Idle);
            Assert.Equal((SettingOriginKind.Environment, "EDGE_POOL_IDLE"), Origin(settings, SettingTable.PoolIdle));
            Assert.Equal(KongLogLevel.Error, settings.Telemetry.LogLevel);
            Assert.Equal(3, settings.Listeners.Loops);
            Assert.Equal((SettingOriginKind.File, "EDGE_LOOPS"), Origin(settings, SettingTable.Loops));
            Assert.Equal(2000, settings.Listeners.Proxy(false, true)[0].Port);
            Assert.Equal((SettingOriginKind.CommandLine, "KONG_PROXY_LISTEN"), Origin(settings, SettingTable.ProxyListen));
            Assert.Equal((SettingOriginKind.Default, "EDGE_TRANSPORT"), Origin(settings, SettingTable.Transport));
            Assert.Equal("KONG_NONSENSE", Assert.Single(settings.Findings).Path);

            variables.Remove("EDGE_POOL_IDLE");
            Assert.Equal(TimeSpan.FromSeconds(20), SettingsLoader.Load(variables).Pools.Idle);
            variables.Remove("KONG_UPSTREAM_KEEPALIVE_IDLE_TIMEOUT");
            Assert.Equal(TimeSpan.FromSeconds(10), SettingsLoader.Load(variables).Pools.Idle);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("EDGE_LOOPS", "0")]
    [InlineData("EDGE_LOOPS", "many")]
    [InlineData("EDGE_CONFIG_MODE", "relaxed")]
    [InlineData("EDGE_TIMEOUT_IDLE", "soon")]
    [InlineData("EDGE_LIMIT_REQUEST_LINE", "1")]
    [InlineData("EDGE_GATEWAY_PORT_MAP", "80:8080")]
    [InlineData("EDGE_GATEWAY_PORT_MAP", "80=8080,80=8081")]
    [InlineData("KONG_PROXY_LISTEN", "nowhere")]
    [InlineData("KONG_TRUSTED_IPS", "10.0.0.0/33")]
    [InlineData("KONG_HEADERS", "Servr")]
    [InlineData("KONG_DNS_ORDER", "A,FOO")]
    [InlineData("KONG_ERROR_DEFAULT_TYPE", "text/css")]
    [InlineData("KONG_NGINX_WORKER_PROCESSES", "x")]
    [InlineData("EDGE_STATUS_PORT", "70000")]
    public void Load_BadValue_RefusesAndNamesTheVariable(string name, string value)
    {
        EdgeSettings settings = EdgeSettings.From((name, value));
        Assert.True(settings.Refused);
        ConfigDiagnostic finding = Assert.Single(settings.Findings);
        Assert.Equal(("VSE3002", name), (finding.Code, finding.Path));
        Assert.StartsWith($"environment: error VSE3002: {name}: ", finding.ToString());
    }

    [Fact]
    public void Load_BadChoice_UsesKongsSentence() => Assert.Contains(
        "log_level has an invalid value: 'loud' (debug, info, notice, warn, error, crit, alert, emerg)",
        Assert.Single(EdgeSettings.From(("KONG_LOG_LEVEL", "loud")).Findings).Message);

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317", "'collector:4317' is not an http or https URL")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "http/protobuf, grpc")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "http/protobuf, grpc")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "s3cret", "a part is not name=value")]
    [InlineData("OTEL_TRACES_SAMPLER", "sometimes", "parentbased_traceidratio")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "1.5", "'1.5' is not a number from 0 to 1")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "s3cret", "a part is not name=value")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "a b=s3cret", "a part is not name=value")]
    public void Load_BadOtelValue_IsRefusedAndSecretsAreNotShown(string name, string value, string sentence)
    {
        EdgeSettings settings = EdgeSettings.From((name, value));
        Assert.True(settings.Refused);
        ConfigDiagnostic finding = Assert.Single(settings.Findings);
        Assert.Contains(sentence, finding.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SecretFromFile_IsReadWithoutItsLineEnd()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(file, "a=b\n");
        try
        {
            EdgeSettings settings = EdgeSettings.From(("OTEL_EXPORTER_OTLP_HEADERS_FILE", file));
            Assert.Equal("a=b", settings.Get(SettingTable.OtlpHeaders));
            Assert.Equal((SettingOriginKind.SecretFile, "******"), (settings.OriginOf(SettingTable.OtlpHeaders).Kind, settings.OriginOf(SettingTable.OtlpHeaders).Text));

            EdgeSettings both = EdgeSettings.From(("OTEL_EXPORTER_OTLP_HEADERS_FILE", file), ("OTEL_EXPORTER_OTLP_HEADERS", "c=d"));
            Assert.Equal("c=d", both.Get(SettingTable.OtlpHeaders));
            Assert.Equal("VSE3005", Assert.Single(both.Findings).Code);
        }
        finally
        {
            File.Delete(file);
        }

        EdgeSettings missing = EdgeSettings.From(("OTEL_EXPORTER_OTLP_HEADERS_FILE", file));
        Assert.Equal(("VSE3004", true), (Assert.Single(missing.Findings).Code, missing.Refused));
    }

    [Fact]
    public void Describe_Secrets_AreMasked()
    {
        EdgeSettings settings = EdgeSettings.From(("KONG_SSL_CERT_KEY", "hush"), ("EDGE_LOOPS", "2"));
        IReadOnlyList<SettingLine> lines = settings.Describe();
        Assert.Equal(SettingTable.All.Count, lines.Count);
        Assert.DoesNotContain(lines, line => line.Origin.Text.Contains("hush", StringComparison.Ordinal));
        Assert.Equal("2", lines.Single(line => line.Setting.Name == "EDGE_LOOPS").Origin.Text);
    }

    [Theory]
    [InlineData("EDGE_LOPS", "did you mean 'EDGE_LOOPS'?")]
    [InlineData("EDGE_TIMEOUT_REQUEST_HED", "did you mean 'EDGE_TIMEOUT_REQUEST_HEAD'?")]
    [InlineData("KONG_PROXY_LISTENS", "did you mean 'KONG_PROXY_LISTEN'?")]
    [InlineData("EDGE_LOOPS_FILE", "did you mean 'EDGE_LOOPS'?")]
    [InlineData("KONG_SOMETHING_QUITE_DIFFERENT_AND_LONG", null)]
    public void Check_UnknownVariable_GetsTheNearestName(string name, string? hint)
    {
        LoadResult result = Loading.Kong("", "compat", (name, "x"));
        Assert.Equal(hint, result.One("VSE3001").Hint);
        Assert.False(result.Refused);
    }

    [Theory]
    [InlineData("KONG_PG_HOST", "db")]
    [InlineData("KONG_PLUGINSERVER_X_SOCKET", "/x")]
    [InlineData("KONG_PREFIX", "/usr/local/kong")]
    public void Check_PropertyWithoutMeaning_IsNoted(string name, string value) =>
        Assert.Equal(DiagnosticSeverity.Info, Loading.Kong("", "compat", (name, value)).One("VSE3010").Severity);

    [Theory]
    [InlineData("KONG_PROXY_SERVICE_HOST", "10.0.0.1")]
    [InlineData("KONG_PROXY_SERVICE_PORT_HTTP", "80")]
    [InlineData("KONG_PROXY_PORT_80_TCP_ADDR", "10.0.0.1")]
    [InlineData("EDGE_PORT", "tcp://10.0.0.1:80")]
    [InlineData("EDGE_STATUS_PORT", "tcp://10.0.0.1:80")]
    public void Check_KubernetesServiceLink_IsSilent(string name, string value)
    {
        LoadResult result = Loading.Kong("", "compat", (name, value));
        Assert.DoesNotContain(result.Findings, finding => finding.Path == name);
        Assert.False(result.Refused);
    }

    [Fact]
    public void Check_VariableThatADocumentUses_IsKnown()
    {
        LoadResult result = Loading.Kong("services:\n- name: s\n  host: ${KONG_MY_HOST}", "compat", ("KONG_MY_HOST", "a.test"));
        Assert.DoesNotContain(result.Findings, finding => finding.Code == "VSE3001");
        Assert.Equal("a.test", result.Model!.Services[0].Host);
    }

    [Theory]
    [InlineData("KONG_NGINX_HTTP_CLIENT_HEADER_TIMEOUT", "EDGE_TIMEOUT_REQUEST_HEAD")]
    [InlineData("KONG_NGINX_HTTP_KEEPALIVE_TIMEOUT", "EDGE_TIMEOUT_IDLE")]
    [InlineData("KONG_NGINX_HTTP_SUB_FILTER", null)]
    public void Check_Directive_NamesTheSettingThatDoesIt(string name, string? instead)
    {
        ConfigDiagnostic finding = Loading.Kong("", "compat", (name, "60s")).One("VSE3011");
        Assert.Equal(instead is null ? null : $"use {instead}", finding.Hint);
    }

    [Theory]
    [InlineData("KONG_DATABASE", "postgres", "VSE3014")]
    [InlineData("KONG_ROLE", "data_plane", "VSE3015")]
    [InlineData("KONG_STREAM_LISTEN", "0.0.0.0:9000", "VSE3013")]
    [InlineData("KONG_ROUTER_FLAVOR", "expressions", "VSE3020")]
    public void Check_UnsupportedMode_Refuses(string name, string value, string code)
    {
        LoadResult result = Loading.Kong("", "compat", (name, value));
        Assert.True(result.Refused);
        Assert.Equal(name, result.One(code).Path);
    }

    [Fact]
    public void Check_Http2_IsANoteByDefaultAndAWarningWhereItIsAskedFor()
    {
        LoadResult byDefault = Loading.Kong("");
        Assert.All(byDefault.Findings.Where(finding => finding.Code == "VSE3023"), finding => Assert.Equal(DiagnosticSeverity.Info, finding.Severity));
        Assert.Equal(2, byDefault.Findings.Count(finding => finding.Code == "VSE3023"));
        Assert.Equal(DiagnosticSeverity.Warning, Loading.Kong("", "compat", ("KONG_PROXY_LISTEN", "0.0.0.0:8443 http2 ssl")).One("VSE3040").Severity);
        Loading.Kong("", "compat", ("KONG_PROXY_LISTEN", "0.0.0.0:8443 ssl"), ("KONG_ADMIN_LISTEN", "off")).Clean();
        Assert.Equal("VSE3023", Loading.Kong("", "compat", ("KONG_PROXY_LISTEN", "0.0.0.0:8000 http2"), ("KONG_ADMIN_LISTEN", "off")).One("VSE3023").Code);
    }

    [Fact]
    public void Check_ListenerCertificates_AreReadAndJudged()
    {
        using System.Security.Cryptography.ECDsa key = System.Security.Cryptography.ECDsa.Create();
        using System.Security.Cryptography.ECDsa other = System.Security.Cryptography.ECDsa.Create();
        string Certificate(int years) => new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=a.test", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(years)).ExportCertificatePem();
        string good = Certificate(100);
        string pem = key.ExportPkcs8PrivateKeyPem();
        LoadResult With(string certificates, string keys) => Loading.Kong(
            "", "compat", ("KONG_SSL_CERT", certificates), ("KONG_SSL_CERT_KEY", keys), ("KONG_ADMIN_LISTEN", "off"), ("KONG_PROXY_LISTEN", "127.0.0.1:1 ssl"));

        With(good, pem).Clean();
        With(Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(good)), pem).Clean();
        Assert.Equal("KONG_SSL_CERT: /none.crt: no such file", With("/none.crt", pem).One("VSE3041").Message);
        Assert.Contains("the key does not belong to the certificate", With(good, other.ExportPkcs8PrivateKeyPem()).One("VSE3041").Message, StringComparison.Ordinal);
        Assert.Contains("each certificate needs its key", With($"{good},{good}", pem).One("VSE3041").Message, StringComparison.Ordinal);
        ConfigDiagnostic broken = With(good, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----").One("VSE3041");
        Assert.DoesNotContain("c2Vj", broken.ToString(), StringComparison.Ordinal);
        Assert.True(broken.Refuses);
        Assert.Contains("expired", With(Certificate(1), pem).One("VSE1071").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KONG_SSL_PROTOCOLS", "TLSv1.1 TLSv1.2", "VSE3042", "not offered: TLSv1.1", false)]
    [InlineData("KONG_SSL_PROTOCOLS", "TLSv1.1", "VSE3043", "no version of TLS is left", true)]
    [InlineData("KONG_SSL_CIPHER_SUITE", "old", "VSE3042", "not offered: TLSv1, TLSv1.1", false)]
    public void Check_TlsBelowTheFloor_IsTold(string name, string value, string code, string message, bool refuses)
    {
        ConfigDiagnostic finding = Loading.Kong("", "compat", (name, value)).One(code);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Equal(refuses, finding.Refuses);
    }

    [Fact]
    public void Check_CustomCiphers_AreTakenWhereTheyAreStrong()
    {
        EdgeSettings settings = EdgeSettings.From(
            ("KONG_SSL_CIPHER_SUITE", "custom"), ("KONG_SSL_CIPHERS", "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:!aNULL"));
        Assert.Equal([System.Net.Security.TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256], settings.Tls.Rules.Suites);
        Assert.Equal(["AES128-SHA"], settings.Tls.Choice.Refused);
        EdgeSettings modern = EdgeSettings.From(("KONG_SSL_CIPHER_SUITE", "modern"));
        Assert.Equal((false, true), (modern.Tls.Rules.Tls12, modern.Tls.Rules.Tls13));
    }

    [Theory]
    [InlineData("KONG_ADMIN_LISTEN", "0.0.0.0:8000", "0.0.0.0:8000 is given to KONG_PROXY_LISTEN too")]
    [InlineData("KONG_STATUS_LISTEN", "127.0.0.1:8001", "127.0.0.1:8001 is given to KONG_ADMIN_LISTEN too")]
    [InlineData("KONG_PROXY_LISTEN", "unix:/a, unix:/a", "unix:/a is given to KONG_PROXY_LISTEN too")]
    public void Check_AddressTwice_Refuses(string name, string value, string sentence)
    {
        ConfigDiagnostic finding = Loading.Kong("", "compat", (name, value)).One("VSE3026");
        Assert.True(finding.Refuses);
        Assert.Contains(sentence, finding.Message);
    }

    [Theory]
    [InlineData("KONG_ADMIN_LISTEN", "127.0.0.1:8000")]
    [InlineData("KONG_PROXY_LISTEN", "127.0.0.1:0, 127.0.0.1:0")]
    public void Check_DifferentAddresses_AreFine(string name, string value) =>
        Assert.DoesNotContain(Loading.Kong("", "compat", (name, value)).Findings, finding => finding.Code == "VSE3026");

    [Fact]
    public void Check_ProxyProtocolWithoutTrustedIps_IsTold()
    {
        Assert.Equal("KONG_TRUSTED_IPS", Loading.Kong("", "compat", ("EDGE_PROXY_PROTOCOL", "on")).One("VSE3025").Path);
        Assert.Equal("KONG_TRUSTED_IPS", Loading.Kong("", "compat", ("KONG_PROXY_LISTEN", "0.0.0.0:1 proxy_protocol")).One("VSE3025").Path);
        Assert.DoesNotContain(Loading.Kong("", "compat", ("EDGE_PROXY_PROTOCOL", "on"), ("KONG_TRUSTED_IPS", "10.0.0.0/8")).Findings, finding => finding.Code == "VSE3025");
    }

    [Fact]
    public void Check_SettingOfAFeatureToCome_IsNoted() =>
        Assert.Equal("EDGE_H2_MAX_STREAMS", Loading.Kong("", "compat", ("EDGE_H2_MAX_STREAMS", "50")).One("VSE3027").Path);

    [Fact]
    public void Check_TraditionalRouter_IsServedWithAFinding()
    {
        Assert.False(Loading.Kong("", "compat", ("KONG_ROUTER_FLAVOR", "traditional")).One("VSE3019").Refuses);
        Assert.True(Loading.Kong("", "strict", ("KONG_ROUTER_FLAVOR", "traditional")).One("VSE3019").Refuses);
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("11.0.0.1", false)]
    [InlineData("192.168.0.7", true)]
    [InlineData("192.168.0.8", false)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("fd00::1", true)]
    public void TrustedIps_HostBitsAndMappedAddresses_AreTaken(string address, bool trusted)
    {
        TrustedAddresses ips = EdgeSettings.From(("KONG_TRUSTED_IPS", "10.9.9.9/8, 192.168.0.7,fd00::/8, unix:")).Kong.TrustedIps;
        Assert.Equal(trusted, ips.Contains(IPAddress.Parse(address)));
        Assert.True(ips.UnixSockets);
    }

    [Fact]
    public void PortMaps_Given_AreRead()
    {
        EdgeSettings settings = EdgeSettings.From(("KONG_PORT_MAPS", "80:8000, 443:8443"), ("EDGE_GATEWAY_PORT_MAP", "80=8080"));
        Assert.Equal(8000, settings.Kong.PortMaps[80]);
        Assert.Equal(8080, settings.Listeners.GatewayPortMap[80]);
    }

    [Fact]
    public void Find_AliasAndName_GiveOneRow() =>
        Assert.Same(SettingTable.Find("EDGE_LIMIT_BODY"), SettingTable.Find("KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE"));

    [Fact]
    public void All_Rows_AreUniqueAndDocumented()
    {
        IReadOnlyList<Setting> rows = SettingTable.All;
        string[] names = [.. rows.SelectMany(row => row.Aliases.Prepend(row.Name))];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(rows, row => Assert.NotEqual("", row.Doc));
        Assert.All(rows, row => Assert.NotEqual("", row.Section));
        int declared = typeof(SettingTable).GetFields(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)
            .Count(field => typeof(Setting).IsAssignableFrom(field.FieldType));
        Assert.Equal(declared, rows.Count);
    }

    // Every variable that the specification of limits names has a row.
    [Theory]
    [InlineData("EDGE_LIMIT_REQUEST_LINE")]
    [InlineData("EDGE_LIMIT_HEADER_LINE")]
    [InlineData("EDGE_LIMIT_HEADERS_TOTAL")]
    [InlineData("EDGE_LIMIT_HEADER_COUNT")]
    [InlineData("EDGE_LIMIT_BODY")]
    [InlineData("EDGE_LIMIT_RESPONSE_HEAD")]
    [InlineData("EDGE_LIMIT_CONN_REQUESTS")]
    [InlineData("EDGE_LIMIT_CONNECTIONS")]
    [InlineData("EDGE_LIMIT_CONNECTIONS_LISTENER")]
    [InlineData("EDGE_LIMIT_CONNECTIONS_PER_IP")]
    [InlineData("EDGE_H2_MAX_STREAMS")]
    [InlineData("EDGE_H2_RESET_RATE")]
    [InlineData("EDGE_H2_CONTINUATIONS")]
    [InlineData("EDGE_H2_CONTROL_RATE")]
    [InlineData("EDGE_H1_PIPELINE")]
    [InlineData("EDGE_TIMEOUT_TLS")]
    [InlineData("EDGE_TIMEOUT_REQUEST_HEAD")]
    [InlineData("EDGE_TIMEOUT_IDLE")]
    [InlineData("EDGE_MIN_BODY_RATE")]
    [InlineData("EDGE_MIN_RESPONSE_RATE")]
    [InlineData("EDGE_TIMEOUT_STREAM_IDLE")]
    [InlineData("EDGE_TIMEOUT_REQUEST")]
    [InlineData("EDGE_POOL_IDLE")]
    [InlineData("EDGE_TIMEOUT_TUNNEL")]
    [InlineData("EDGE_LINGER_TIMEOUT")]
    [InlineData("EDGE_LINGER_BYTES")]
    [InlineData("EDGE_DRAIN_TIMEOUT")]
    [InlineData("MINIMUM_DRAIN_DURATION")]
    [InlineData("EDGE_MEMORY_LIMIT")]
    [InlineData("EDGE_ESCAPED_SLASHES")]
    [InlineData("EDGE_UNDERSCORE_HEADERS")]
    [InlineData("EDGE_MAX_HOPS")]
    [InlineData("EDGE_PROXY_PROTOCOL")]
    [InlineData("EDGE_TLS_CONCURRENCY")]
    [InlineData("EDGE_REDIS_BUDGET")]
    [InlineData("EDGE_REDIS_FALLBACK")]
    [InlineData("EDGE_KONG_EXACT")]
    [InlineData("EDGE_CONFIG")]
    [InlineData("EDGE_CONFIG_MODE")]
    [InlineData("EDGE_CONFIG_WATCH")]
    [InlineData("EDGE_CERT_DIR")]
    [InlineData("EDGE_GATEWAY_BIND")]
    [InlineData("EDGE_GATEWAY_PORT_MAP")]
    [InlineData("EDGE_STATUS_PORT")]
    [InlineData("EDGE_STATS_PORT")]
    [InlineData("EDGE_ADMIN_PORT")]
    [InlineData("EDGE_ADMIN_BIND")]
    [InlineData("EDGE_ADMIN_SHOW_SECRETS")]
    [InlineData("EDGE_TRANSPORT")]
    [InlineData("EDGE_LOOPS")]
    [InlineData("EDGE_ISTIO_ROUTE_ORDER")]
    [InlineData("EDGE_MISSING_SUBSET")]
    [InlineData("EDGE_CLUSTER_NAME")]
    public void Find_NamedByTheSpecification_HasARow(string name) => Assert.NotNull(SettingTable.Find(name));

    [Fact]
    public void Page_Generated_IsTheCommittedOne() => Golden.Equal("docs/settings.md", SettingsPage.Render());

    private static (SettingOriginKind, string) Origin(EdgeSettings settings, Setting row) => (settings.OriginOf(row).Kind, settings.OriginOf(row).Name);
}
