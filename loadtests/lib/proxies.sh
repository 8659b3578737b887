# The proxies under comparison: each start_NAME makes one listen on PORT before ORIGIN with as many loops as CPUs, leaves its process in
# LAST_PID, and does the same job: plain keep-alive proxying, no access log. Sourced; needs lib/common.sh.
#
# Common to all: FOLDER (its own, for configuration and logs), PORT, ORIGIN (port on 127.0.0.1), CPUS (a taskset list, empty: any), LOOPS.

# write_nginx_config FOLDER PORT ORIGIN LOOPS EXTRA: EXTRA goes into the location.
write_nginx_config() {
    local folder=$1 port=$2 origin=$3 loops=$4 extra=$5 user=""
    [[ $(id -u) -eq 0 ]] && user="user root;"
    mkdir -p "$folder/tmp"
    cat >"$folder/nginx.conf" <<CONFIG
$user
worker_processes $loops;
daemon off;
pid $folder/nginx.pid;
error_log $folder/error.log warn;
events { worker_connections 8192; }
http {
    access_log off;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    client_body_temp_path $folder/tmp/body;
    proxy_temp_path $folder/tmp/proxy;
    fastcgi_temp_path $folder/tmp/fastcgi;
    uwsgi_temp_path $folder/tmp/uwsgi;
    scgi_temp_path $folder/tmp/scgi;
    upstream origin {
        server 127.0.0.1:$origin;
        keepalive 1024;
        keepalive_requests 1000000000;
        keepalive_timeout 1h;
    }
    server {
        listen 127.0.0.1:$port backlog=4096$([[ $loops -gt 1 ]] && echo " reuseport");
        location / {
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
$extra
        }
    }
}
CONFIG
}

start_nginx() {
    local folder=$1 port=$2 origin=$3 cpus=$4 loops=$5
    write_nginx_config "$folder" "$port" "$origin" "$loops" ""
    start nginx "$folder/out.log" pinned "$cpus" nginx -p "$folder" -c "$folder/nginx.conf"
}

# The header work that our route's plugins do, written by hand: for those who want to know what it costs nginx.
start_nginx-headers() {
    local folder=$1 port=$2 origin=$3 cpus=$4 loops=$5
    write_nginx_config "$folder" "$port" "$origin" "$loops" '
            proxy_set_header Host $http_host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $host;
            proxy_set_header X-Forwarded-Port $server_port;
            proxy_set_header X-Forwarded-Path $uri;
            proxy_set_header X-Request-Id $request_id;
            proxy_hide_header Server;
            add_header X-Powered-By Voltage-Soda;
            add_header Cache-Control "public, max-age=3600";
            add_header Vary Origin;
            add_header Access-Control-Allow-Credentials true;
            add_header Access-Control-Expose-Headers X-Auth-Token;
            add_header Via "1.1 nginx";
            add_header X-Request-Id $request_id;
            add_header X-Upstream-Latency $upstream_header_time;'
    start nginx-headers "$folder/out.log" pinned "$cpus" nginx -p "$folder" -c "$folder/nginx.conf"
}

start_haproxy() {
    local folder=$1 port=$2 origin=$3 cpus=$4 loops=$5
    cat >"$folder/haproxy.cfg" <<CONFIG
global
    nbthread $loops
    maxconn 4000
defaults
    mode http
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout http-keep-alive 1h
    http-reuse always
frontend all
    bind 127.0.0.1:$port backlog 4096
    default_backend origin
backend origin
    server one 127.0.0.1:$origin
CONFIG
    start haproxy "$folder/out.log" pinned "$cpus" haproxy -db -f "$folder/haproxy.cfg"
}

start_yarp() {
    local folder=$1 port=$2 origin=$3 cpus=$4
    start yarp "$folder/out.log" pinned "$cpus" "$YARP_BINARY" "$port" "http://127.0.0.1:$origin"
}

# write_overlay FILE ORIGIN: gives the hosts of the sample configuration a local endpoint, as a Kong file of upstreams and targets.
write_overlay() {
    local host
    {
        printf '_format_version: "3.0"\nupstreams:\n'
        for host in frontend backend flavors; do
            printf '  - name: voltage-soda-%s.voltage-soda.svc.cluster.local\n' "$host"
            printf '    targets:\n      - target: "127.0.0.1:%s"\n' "$2"
        done
    } >"$1"
}

# Both kinds of edge: the configuration is the first argument, the rest as for all. STATUS_PORT gets its status API.
run_edge() {
    local config=$1 folder=$2 port=$3 origin=$4 cpus=$5 loops=$6
    write_overlay "$folder/overlay.yml" "$origin"
    start edge "$folder/out.log" pinned "$cpus" env \
        KONG_DATABASE=off \
        KONG_DECLARATIVE_CONFIG="$config" \
        EDGE_CONFIG="$folder/overlay.yml" \
        KONG_PROXY_LISTEN="127.0.0.1:$port" \
        KONG_STATUS_LISTEN="127.0.0.1:$STATUS_PORT" \
        KONG_ADMIN_LISTEN=off \
        KONG_ADMIN_GUI_LISTEN=off \
        KONG_PROXY_ACCESS_LOG=off \
        KONG_UPSTREAM_KEEPALIVE_POOL_SIZE=1024 \
        KONG_UPSTREAM_KEEPALIVE_MAX_REQUESTS=1000000000 \
        KONG_REDIS_PASSWORD=unused \
        EDGE_LIMIT_CONN_REQUESTS=1000000000 \
        EDGE_LOOPS="$loops" \
        "$EDGE_BINARY" run
}

# The supplied configuration, byte for byte, with its plugins, headers and metrics.
start_edge() { run_edge "$SAMPLE" "$@"; }

# The same with one change: the backend's rate limit counts locally and is out of reach, since this load would use up 1000 a minute at
# once, and Redis is not there. Everything the plugin does per request is still done.
start_edge-plugins() {
    write_local_limits "$1/kong.yml"
    run_edge "$1/kong.yml" "$@"
}

# As edge-plugins, with a collector that takes every log entry and every span: the origin, which answers any method on /1k.
start_edge-collected() {
    write_local_limits "$1/kong.yml"
    sed -i -e "s|^\( *http_endpoint: \).*|\1\"http://127.0.0.1:$3/1k\"|" "$1/kong.yml"
    run_edge "$1/kong.yml" "$@"
}

# The same services, routes and consumers without any plugin.
start_edge-bare() {
    awk '{
        match($0, /^ */)
        if (skipping && ($0 ~ /^ *(#.*)?$/ || RLENGTH > skipped || (RLENGTH == skipped && $0 ~ /^ *- /))) next
        skipping = ($0 ~ /^ *plugins:/)
        skipped = RLENGTH
        if (!skipping) print
    }' "$SAMPLE" >"$1/kong.yml"
    run_edge "$1/kong.yml" "$@"
}

write_local_limits() {
    sed -e 's/^\( *\)minute: 1000$/\1minute: 1000000000/' -e 's/^\( *\)hour: 10000$/\1hour: 1000000000/' \
        -e 's/^\( *\)policy: "redis"$/\1policy: "local"/' "$SAMPLE" >"$1"
}
