using VoltageSoda.Edge.Configuration;
using VoltageSoda.Edge.Configuration.Settings;

namespace VoltageSoda.Edge.Tests.Configuration;

/// <summary>What a pod that ran Kong finds in its environment: nothing of it is taken for a typing error.</summary>
public sealed class KongPropertiesTests
{
    private const string OfKong34 = """
        prefix log_level proxy_access_log proxy_error_log proxy_stream_access_log proxy_stream_error_log admin_access_log admin_error_log
        admin_gui_access_log admin_gui_error_log status_access_log status_error_log vaults plugins port_maps anonymous_reports proxy_server
        proxy_server_ssl_verify error_template_html error_template_json error_template_xml error_template_plain node_id proxy_listen stream_listen
        admin_listen admin_gui_listen status_listen cluster_listen cluster_control_plane cluster_cert cluster_cert_key cluster_mtls cluster_ca_cert
        cluster_server_name cluster_data_plane_purge_delay cluster_ocsp cluster_allowed_common_names cluster_max_payload cluster_use_proxy
        cluster_dp_labels lmdb_environment_path lmdb_map_size mem_cache_size ssl_cert ssl_cert_key client_ssl client_ssl_cert client_ssl_cert_key
        ssl_cipher_suite ssl_ciphers ssl_protocols ssl_prefer_server_ciphers ssl_dhparam ssl_session_tickets ssl_session_timeout ssl_session_cache_size
        admin_ssl_cert admin_ssl_cert_key admin_gui_ssl_cert admin_gui_ssl_cert_key status_ssl_cert status_ssl_cert_key headers headers_upstream
        trusted_ips error_default_type upstream_keepalive_pool_size upstream_keepalive_max_requests upstream_keepalive_idle_timeout allow_debug_header
        nginx_user nginx_worker_processes nginx_daemon nginx_main_daemon nginx_main_user nginx_main_worker_processes nginx_main_worker_rlimit_nofile
        nginx_events_worker_connections nginx_events_multi_accept nginx_http_charset nginx_http_client_max_body_size nginx_http_client_body_buffer_size
        nginx_http_ssl_protocols nginx_http_ssl_prefer_server_ciphers nginx_http_ssl_dhparam nginx_http_ssl_session_tickets
        nginx_http_ssl_session_timeout nginx_http_lua_regex_match_limit nginx_http_lua_regex_cache_max_entries nginx_http_keepalive_requests
        nginx_stream_ssl_protocols nginx_stream_ssl_prefer_server_ciphers nginx_stream_ssl_dhparam nginx_stream_ssl_session_tickets
        nginx_stream_ssl_session_timeout nginx_proxy_real_ip_header nginx_proxy_real_ip_recursive nginx_admin_client_max_body_size
        nginx_admin_client_body_buffer_size client_body_buffer_size real_ip_header real_ip_recursive database pg_host pg_port pg_database pg_schema
        pg_timeout pg_user pg_password pg_ssl pg_ssl_required pg_ssl_verify pg_ssl_version pg_ssl_cert pg_ssl_cert_key pg_max_concurrent_queries
        pg_semaphore_timeout pg_keepalive_timeout pg_pool_size pg_backlog pg_ro_host pg_ro_port pg_ro_database pg_ro_schema pg_ro_timeout pg_ro_user
        pg_ro_password pg_ro_ssl pg_ro_ssl_required pg_ro_ssl_verify pg_ro_ssl_version pg_ro_max_concurrent_queries pg_ro_semaphore_timeout
        pg_ro_keepalive_timeout pg_ro_pool_size pg_ro_backlog declarative_config declarative_config_string db_update_frequency db_update_propagation
        db_cache_ttl db_cache_neg_ttl db_resurrect_ttl db_cache_warmup_entities dns_resolver dns_hostsfile dns_order dns_valid_ttl dns_stale_ttl
        dns_cache_size dns_not_found_ttl dns_error_ttl dns_no_sync privileged_agent dedicated_config_processing worker_consistency
        worker_state_update_frequency router_flavor lua_socket_pool_size lua_ssl_trusted_certificate lua_ssl_verify_depth lua_ssl_protocols
        lua_package_path lua_package_cpath lua_max_req_headers lua_max_resp_headers lua_max_uri_args lua_max_post_args role kic pluginserver_names
        cluster_telemetry_listen cluster_telemetry_endpoint cluster_telemetry_server_name untrusted_lua untrusted_lua_sandbox_requires
        untrusted_lua_sandbox_environment admin_gui_url admin_gui_path admin_gui_api_url openresty_path opentelemetry_tracing
        opentelemetry_tracing_sampling_rate tracing_instrumentations tracing_sampling_rate wasm wasm_filters_path wasm_dynamic_module
        vitals vitals_strategy portal portal_gui_listen smtp_mock audit_log audit_log_signing_key keyring_strategy enforce_rbac konnect_mode
        admin_gui_auth admin_gui_session_conf
        """;

    public static TheoryData<string> Properties =>
        [.. OfKong34.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(static name => "KONG_" + name.ToUpperInvariant())];

    [Theory]
    [MemberData(nameof(Properties))]
    public void Property_OfKong34_IsKnown(string name) => Assert.True(
        SettingTable.Find(name) is not null || KongProperties.HasNoEffect(name) || KongProperties.IsDirective(name), name);

    // The official Helm chart, with the services Kubernetes links into the pod, and what the image sets itself.
    [Theory]
    [InlineData("KONG_ADMIN_ACCESS_LOG", "/dev/stdout")]
    [InlineData("KONG_ADMIN_ERROR_LOG", "/dev/stderr")]
    [InlineData("KONG_ADMIN_GUI_ACCESS_LOG", "/dev/stdout")]
    [InlineData("KONG_ADMIN_GUI_API_URL", "http://localhost:8001")]
    [InlineData("KONG_ADMIN_GUI_ERROR_LOG", "/dev/stderr")]
    [InlineData("KONG_ADMIN_GUI_SESSION_CONF", "{}")]
    [InlineData("KONG_ADMIN_GUI_URL", "http://localhost:8002")]
    [InlineData("KONG_ADMIN_LISTEN", "127.0.0.1:8444 http2 ssl, [::1]:8444 http2 ssl")]
    [InlineData("KONG_ANONYMOUS_REPORTS", "off")]
    [InlineData("KONG_CLUSTER_LISTEN", "off")]
    [InlineData("KONG_DATABASE", "off")]
    [InlineData("KONG_KIC", "on")]
    [InlineData("KONG_LUA_PACKAGE_PATH", "/opt/?.lua;/opt/?/init.lua;;")]
    [InlineData("KONG_MEM_CACHE_SIZE", "128m")]
    [InlineData("KONG_NGINX_DAEMON", "off")]
    [InlineData("KONG_NGINX_WORKER_PROCESSES", "2")]
    [InlineData("KONG_PLUGINS", "bundled")]
    [InlineData("KONG_PORTAL_API_ACCESS_LOG", "/dev/stdout")]
    [InlineData("KONG_PORT_MAPS", "80:8000, 443:8443")]
    [InlineData("KONG_PREFIX", "/kong_prefix/")]
    [InlineData("KONG_PROXY_ACCESS_LOG", "/dev/stdout")]
    [InlineData("KONG_PROXY_LISTEN", "0.0.0.0:8000, [::]:8000, 0.0.0.0:8443 http2 ssl, [::]:8443 http2 ssl")]
    [InlineData("KONG_PROXY_STREAM_ACCESS_LOG", "/dev/stdout basic")]
    [InlineData("KONG_PROXY_URL", "http://kong.example.com")]
    [InlineData("KONG_ROUTER_FLAVOR", "traditional_compatible")]
    [InlineData("KONG_SMTP_MOCK", "on")]
    [InlineData("KONG_STATUS_LISTEN", "0.0.0.0:8100, [::]:8100")]
    [InlineData("KONG_STREAM_LISTEN", "off")]
    [InlineData("KONG_VERSION", "3.4.2")]
    [InlineData("KONG_VITALS", "off")]
    [InlineData("KONG_KONG_PROXY_PORT", "tcp://10.96.0.7:80")]
    [InlineData("KONG_KONG_PROXY_PORT_443_TCP", "tcp://10.96.0.7:443")]
    [InlineData("KONG_KONG_PROXY_PORT_443_TCP_ADDR", "10.96.0.7")]
    [InlineData("KONG_KONG_PROXY_PORT_443_TCP_PORT", "443")]
    [InlineData("KONG_KONG_PROXY_PORT_443_TCP_PROTO", "tcp")]
    [InlineData("KONG_KONG_PROXY_SERVICE_HOST", "10.96.0.7")]
    [InlineData("KONG_KONG_PROXY_SERVICE_PORT", "80")]
    [InlineData("KONG_KONG_PROXY_SERVICE_PORT_KONG_PROXY_TLS", "443")]
    [InlineData("KONG_PROXY_PORT_8000_TCP", "tcp://10.96.0.8:8000")]
    [InlineData("KONG_PROXY_SERVICE_HOST", "10.96.0.8")]
    [InlineData("KONG_ADMIN_PORT", "tcp://10.96.0.9:8444")]
    public void Variable_OfTheChart_IsTakenWithoutAComplaint(string name, string value)
    {
        LoadResult result = Loading.Kong("", "compat", (name, value));
        Assert.False(result.Refused);
        Assert.DoesNotContain(result.Findings, finding =>
            finding.Path == name && finding.Code is "VSE3001" or "VSE3002");
    }

    [Theory]
    [InlineData("KONG_NGINX_HTTP_INCLUDE", "/kong/nginx.conf", "VSE3011")]
    [InlineData("KONG_NGINX_PROXY_ADD_HEADER", "X-A b", "VSE3011")]
    [InlineData("KONG_DATABASE", "postgres", "VSE3014")]
    [InlineData("KONG_ROLE", "data_plane", "VSE3015")]
    [InlineData("KONG_STREAM_LISTEN", "0.0.0.0:9000", "VSE3013")]
    [InlineData("KONG_ROUTER_FLAVOR", "expressions", "VSE3020")]
    [InlineData("KONG_ADMIN_GUI_LISTENS", "x", "VSE3001")]
    [InlineData("KONG_ADMIN_LISTENER", "x", "VSE3001")]
    public void Variable_WithoutItsMeaningHere_IsTold(string name, string value, string code) =>
        Assert.Contains(Loading.Kong("", "compat", (name, value)).Findings, finding => finding.Code == code && finding.Path == name);
}
