# The fixed origin: nginx serving three bodies of known bytes, the same process for every proxy. Sourced; needs lib/common.sh.

# write_origin_config FOLDER PORT: FOLDER/bodies must hold the files 1k, 64k and 1m (edge-load bodies).
write_origin_config() {
    local folder=$1 port=$2 user=""
    [[ $(id -u) -eq 0 ]] && user="user root;"
    mkdir -p "$folder/tmp"
    cat >"$folder/nginx.conf" <<CONFIG
$user
worker_processes 1;
daemon off;
pid $folder/nginx.pid;
error_log $folder/error.log warn;
events { worker_connections 8192; }
http {
    access_log off;
    default_type text/plain;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=16 inactive=1h;
    open_file_cache_valid 1h;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    client_body_temp_path $folder/tmp/body;
    proxy_temp_path $folder/tmp/proxy;
    fastcgi_temp_path $folder/tmp/fastcgi;
    uwsgi_temp_path $folder/tmp/uwsgi;
    scgi_temp_path $folder/tmp/scgi;
    server {
        listen 127.0.0.1:$port backlog=4096;
        root $folder/bodies;
        # The small body is answered from the configuration: no file, and any method. Its text has neither quotes nor dollars.
        location = / { return 200 "$(cat "$folder/bodies/1k")"; }
        location = /1k { return 200 "$(cat "$folder/bodies/1k")"; }
        location = /api/v1/1k { return 200 "$(cat "$folder/bodies/1k")"; }
    }
}
CONFIG
}

# start_origin FOLDER PORT CPUS: its id is in ORIGIN_PID.
start_origin() {
    local folder=$1 port=$2 cpus=$3
    write_origin_config "$folder" "$port"
    start origin "$folder/out.log" pinned "$cpus" nginx -p "$folder" -c "$folder/nginx.conf"
    ORIGIN_PID=$LAST_PID
    wait_for "http://127.0.0.1:$port/1k" "$ORIGIN_PID" 10 "$folder/out.log"
}
