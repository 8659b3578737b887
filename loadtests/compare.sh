#!/usr/bin/env bash
# The edge against nginx, HAProxy and YARP: the same job, the same pinned core, interleaved rounds, CPU time per request.
# README.md beside this file says what is measured and how to read the table. Everything it starts listens on 127.0.0.1 and ends with it.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
source lib/common.sh
source lib/proxies.sh
source upstream/origin.sh

readonly ALL_SHAPES="keepalive-1k conn-1000 body-64k body-1m post conn-1 close two-loops backend-plugins plugins-on-off"

usage() {
    cat <<USAGE
usage: compare.sh [options]
  --shape NAME[,NAME]   keepalive-1k (default), conn-1000, body-64k, body-1m, post, conn-1, close, two-loops, backend-plugins,
                        plugins-on-off, or all
  --rounds N            interleaved rounds (5)
  --duration SECONDS    closed loop per proxy and round (6)
  --rate N              open-model requests per second for the latency part, 0 leaves it out (2000);
                        a quarter of it for conn-1, close and body-64k, a fortieth for body-1m
  --open-duration S     length of that part (4)
  --only NAME[,NAME]    nginx, haproxy, yarp, edge (all four by default), nginx-headers
  --warmup SECONDS      for the two .NET proxies before a shape's first round, then until their cost has settled (30)
  --origin nginx|edge-load   who serves the bodies (nginx)
  --proxy-cpu, --load-cpu, --origin-cpu N   cores (1, 0, 0)
  --results FOLDER      instead of results/<date>
USAGE
}

shapes=keepalive-1k rounds=5 duration=6 rate=2000 open_duration=4 only=nginx,haproxy,yarp,edge warmup=30 origin_kind=nginx
proxy_cpu=1 load_cpu=0 origin_cpu=0 results=""
while [[ $# -gt 0 ]]; do
    case $1 in
        --shape) shapes=${2:?} ;;
        --rounds) rounds=${2:?} ;;
        --duration) duration=${2:?} ;;
        --rate) rate=${2:?} ;;
        --open-duration) open_duration=${2:?} ;;
        --only) only=${2:?} ;;
        --warmup) warmup=${2:?} ;;
        --origin) origin_kind=${2:?} ;;
        --proxy-cpu) proxy_cpu=${2:?} ;;
        --load-cpu) load_cpu=${2:?} ;;
        --origin-cpu) origin_cpu=${2:?} ;;
        --results) results=${2:?} ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift 2
done
[[ $shapes == all ]] && shapes=$ALL_SHAPES
IFS=', ' read -r -a shapes <<<"$shapes"
IFS=', ' read -r -a proxies <<<"$only"
for shape in "${shapes[@]}"; do
    [[ " $ALL_SHAPES " == *" $shape "* ]] || { usage >&2; exit 2; }
done
for proxy in "${proxies[@]}"; do
    declare -F "start_$proxy" >/dev/null || { usage >&2; exit 2; }
done
[[ $(nproc) -ge 2 ]] || die "needs two cores: one for the proxy, one for load and origin."

WORK=$(mktemp -d "${TMPDIR:-/tmp}/edge-compare.XXXXXX")
BIN=$WORK/bin
EDGE_BINARY=$BIN/edge/voltage-edge
YARP_BINARY=$BIN/yarp/yarp-proxy
SAMPLE=$(cd .. && pwd)/samples/voltage-soda/kong.yml
FREE_PORTS=()
FAILED=0
load_average=$(cut -d" " -f1-3 /proc/loadavg) # others on the machine lower requests/s and raise latencies; CPU per request hardly
trap 'stop_all; rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM

# --- What is compared -------------------------------------------------------------------------------------------------------------

wants() { [[ " ${proxies[*]} " == *" $1 "* ]]; }

# Of one shape the edge is compared with itself: the same binary and route, without plugins, with all of them, and with those that send to
# collectors getting rid of what they have.
readonly ON_OFF=(edge-bare edge-plugins edge-collected)
asked=("${proxies[@]}")
for shape in "${shapes[@]}"; do
    [[ $shape == plugins-on-off ]] && compares_itself=1
done
[[ -n ${compares_itself:-} && ${#shapes[@]} -eq 1 ]] && asked=() proxies=()

# publish PROJECT FOLDER [PROPERTY [PUBLISH OPTIONS]]: restored without naming a runtime, since that would write the runtime into the lock files.
publish() {
    local project=$1 folder=$2 property=${3:--p:PublishReadyToRun=false}
    shift $(($# < 3 ? 2 : 3))
    log "publishing $project"
    {
        dotnet restore "../$project" --locked-mode --verbosity quiet "$property" &&
            dotnet publish "../$project" --no-restore --configuration Release --output "$BIN/$folder" --verbosity quiet --nologo "$property" "$@"
    } >"$WORK/publish.log" 2>&1 || { cat "$WORK/publish.log" >&2; die "$project does not build."; }
}

packages=(curl=curl)
[[ $origin_kind == nginx ]] || wants nginx || wants nginx-headers || origin_only=1
[[ -z ${origin_only:-} ]] && packages+=(nginx=nginx)
wants haproxy && packages+=(haproxy=haproxy)
install "${packages[@]}" || die "packages could not be installed."
publish loadtests/Runner load
wants yarp && publish loadtests/yarp yarp
{ wants edge || [[ -n ${compares_itself:-} ]]; } &&
    publish src/Edge edge -p:Ship=true --runtime "linux-$([[ $(uname -m) == aarch64 ]] && echo arm64 || echo x64)"

# Throw-away secrets: the sample's credentials name them.
secret() { head -c 24 /dev/urandom | base64 | tr -d '+/=\n'; }
ADMIN_JWT_SECRET=$(secret) SERVICE_ACCOUNT_JWT_SECRET=$(secret) API_CLIENT_JWT_SECRET=$(secret)
export ADMIN_JWT_SECRET SERVICE_ACCOUNT_JWT_SECRET API_CLIENT_JWT_SECRET

load() { taskset -c "$load_cpu" "$BIN/load/edge-load" "$@"; }

mkdir -p "$WORK/origin"
load bodies "$WORK/origin/bodies" >"$WORK/hashes" || die "the bodies could not be written."
declare -A HASH
while read -r hash name; do HASH[$name]=$hash; done <"$WORK/hashes"

free_ports 1
ORIGIN_PORT=${FREE_PORTS[0]}
case $origin_kind in
    nginx) start_origin "$WORK/origin" "$ORIGIN_PORT" "$origin_cpu" || exit 1 ;;
    edge-load)
        start origin "$WORK/origin/out.log" pinned "$origin_cpu" "$BIN/load/edge-load" origin --port "$ORIGIN_PORT"
        wait_for "http://127.0.0.1:$ORIGIN_PORT/1k" "$LAST_PID" 10 "$WORK/origin/out.log" || exit 1
        ;;
    *) usage >&2; exit 2 ;;
esac

# --- One set of running proxies: most shapes share one, the others need their own ---------------------------------------------------

declare -A PID PORT STATUS
start_set() {
    local variant=$1 cpus=$2 loops=$3 proxy kind
    for proxy in "${proxies[@]}"; do
        kind=$proxy
        [[ $proxy == edge && $variant == plugins ]] && kind=edge-plugins
        mkdir -p "$WORK/$variant/$proxy"
        free_ports 2
        PORT[$proxy]=${FREE_PORTS[-1]}
        STATUS_PORT=${FREE_PORTS[-2]}
        "start_$kind" "$WORK/$variant/$proxy" "${PORT[$proxy]}" "$ORIGIN_PORT" "$cpus" "$loops"
        PID[$proxy]=$LAST_PID
        wait_for "http://127.0.0.1:${PORT[$proxy]}/1k" "$LAST_PID" 30 "$WORK/$variant/$proxy/out.log" || die "$proxy did not start."
    done
}

stop_set() {
    stop "${PID[@]}"
    PID=()
}

scenario_of() {
    case $1 in
        two-loops) echo keepalive-1k ;;
        plugins-on-off) echo backend-plugins ;;
        *) echo "$1" ;;
    esac
}

# The open part must be a rate that each proxy can serve, or it only measures how long its queue has become.
rate_of() {
    case $1 in
        conn-1 | close | body-64k) echo $((rate / 4)) ;;
        body-1m) echo $((rate / 40)) ;;
        *) echo "$rate" ;;
    esac
}

# Warm is warm for the shape at hand: the just-in-time compiler optimises what runs. Seconds say little on a busy machine, where the compiler
# waits for its turn as well, so it goes on until the cost of a request has settled.
warm_up() {
    local scenario proxy slice before after
    scenario=$(scenario_of "$1")
    for proxy in "${proxies[@]}"; do
        if [[ $proxy != yarp && $proxy != edge* ]]; then
            warm_slice "$proxy" "$scenario" 1 >/dev/null || exit 1
            continue
        fi
        log "warming $proxy with $scenario for ${warmup}s"
        before=$(warm_slice "$proxy" "$scenario" "$warmup") || exit 1
        for ((slice = 1; slice <= 10; slice++)); do
            after=$(warm_slice "$proxy" "$scenario" 4) || exit 1
            awk -v a="$before" -v b="$after" 'BEGIN { exit !(a < b * 1.08 && b < a * 1.08) }' && break
            before=$after
        done
        [[ $slice -le 10 ]] || log "$proxy: the cost of a request has not settled; the machine is too busy for fine differences."
    done
}

# warm_slice PROXY SCENARIO SECONDS: prints the CPU microseconds per request.
warm_slice() {
    local line
    if ! line=$(TOKEN=$token load scenario "$2" --url "http://127.0.0.1:${PORT[$1]}" --closed --warmup 0s --duration "${3}s" \
        --token-env TOKEN --watch "${PID[$1]}" --quiet); then
        post_mortem "$1"
        log "$1 fails under the load of $2."
        return 1
    fi
    cost_of "$line"
}

# What became of a proxy that failed: the end of its log, and whether it is still there.
post_mortem() {
    kill -0 "${PID[$1]}" 2>/dev/null || log "$1 (${PID[$1]}) has ended by itself or was ended by somebody else; the end of its log:"
    tail -n 20 "$WORK/$current/$1/out.log" >&2
}

# --- A round ------------------------------------------------------------------------------------------------------------------------

# check PROXY SHAPE: status, fields and body hash of one answer, by curl, as somebody else sees it.
check() {
    local proxy=$1 shape=$2 body=1k path arguments=() expected=() url head guarded=""
    case $shape in
        body-64k) body=64k ;;
        body-1m) body=1m ;;
        post) arguments=(--data-binary "@$WORK/origin/bodies/1k") ;;
        close) arguments=(--header "Connection: close") ;;
        backend-plugins | plugins-on-off) arguments=(--header "Authorization: Bearer $token") ;;
    esac
    path=/$body
    [[ $shape == backend-plugins || $shape == plugins-on-off ]] && path=/api/v1/1k
    [[ $proxy == edge && $shape == backend-plugins || $proxy == edge-plugins || $proxy == edge-collected ]] && guarded=1
    if [[ -n $guarded ]]; then
        expected=("Via: " "X-Kong-Proxy-Latency: " "X-Kong-Upstream-Latency: " "X-RateLimit-Limit-Minute: " "RateLimit-Remaining: "
            "X-Frame-Options: SAMEORIGIN" "Strict-Transport-Security: ")
    elif [[ $proxy == edge-bare ]]; then
        expected=("Via: " "X-Kong-Proxy-Latency: " "X-Kong-Upstream-Latency: ")
    elif [[ $proxy == edge ]]; then
        expected=("Via: " "X-Kong-Proxy-Latency: " "X-Kong-Upstream-Latency: " "X-Powered-By: Voltage-Soda"
            "Cache-Control: public, max-age=3600" "Vary: Origin")
    fi
    url="http://127.0.0.1:${PORT[$proxy]}$path"
    # The guard must be on, or the shape measures nothing.
    if [[ -n $guarded &&
        $(curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' "$url") != 401 ]]; then
        log "$proxy $shape: a request without a token is not refused"
        return 1
    fi
    head=$(curl --silent --show-error --max-time 10 --dump-header - --output "$WORK/body" "${arguments[@]}" "$url") ||
        { log "$proxy $shape: no answer"; return 1; }
    [[ $head == "HTTP/1.1 200"* ]] || { log "$proxy $shape: ${head%%$'\r'*}"; return 1; }
    [[ $(sha256sum <"$WORK/body") == "${HASH[$body]} "* ]] || { log "$proxy $shape: wrong body"; return 1; }
    for field in "${expected[@]}"; do
        grep --quiet --ignore-case "^$field" <<<"$head" || { log "$proxy $shape: '$field' is missing in:"; log "$head"; return 1; }
    done
    if [[ $proxy == edge-bare ]] && grep --quiet --ignore-case "RateLimit\|X-Frame-Options" <<<"$head"; then
        log "$proxy $shape: a plugin has acted"
        return 1
    fi
}

cost_of() { awk -v c="$(value cpu_s "$1")" -v n="$(value requests "$1")" 'BEGIN { printf "%.1f", (n > 0 ? c * 1e6 / n : 0) }'; }

value() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" <<<"$2"; }

measure() {
    local shape=$1 proxy=$2 round=$3 scenario url closed open_rate open="errors=0 p50_us=0 p99_us=0"
    scenario=$(scenario_of "$shape")
    url="http://127.0.0.1:${PORT[$proxy]}"
    if ! check "$proxy" "$shape"; then
        post_mortem "$proxy"
        FAILED=1
        return
    fi
    closed=$(TOKEN=$token load scenario "$scenario" --url "$url" --closed --warmup 1s --duration "${duration}s" \
        --token-env TOKEN --watch "${PID[$proxy]}" --quiet) || FAILED=1
    open_rate=$(rate_of "$shape")
    if [[ $open_rate -gt 0 ]]; then
        open=$(TOKEN=$token load scenario "$scenario" --url "$url" --rate "$open_rate" --warmup 1s --duration "${open_duration}s" \
            --token-env TOKEN --quiet) || FAILED=1
    fi
    if [[ -z $closed || -z $open ]]; then
        log "$shape $proxy: round $round gave nothing"
        FAILED=1
        return
    fi
    printf '{"shape":"%s","proxy":"%s","round":%s,"requests":%s,"errors":%s,"seconds":%s,"cpuSeconds":%s,"userSeconds":%s,"p50Us":%s,"p99Us":%s,"openRate":%s,"openP50Us":%s,"openP99Us":%s,"rssKiB":%s,"pssKiB":%s}\n' \
        "$shape" "$proxy" "$round" "$(value requests "$closed")" "$(($(value errors "$closed") + $(value errors "$open")))" \
        "$(value seconds "$closed")" "$(value cpu_s "$closed")" "$(value user_s "$closed")" \
        "$(value p50_us "$closed")" "$(value p99_us "$closed")" "$open_rate" "$(value p50_us "$open")" \
        "$(value p99_us "$open")" "$(value rss_kib "$closed")" "$(value pss_kib "$closed")" >>"$WORK/measurements"
    log "$(printf '%-16s round %s  %-14s %6.1f us/request  %7.0f /s  p50 %s us  errors %s' "$shape" "$round" "$proxy" \
        "$(cost_of "$closed")" \
        "$(value rps "$closed")" "$(value p50_us "$closed")" "$(value errors "$closed")")"
}

run_shape() {
    local shape=$1 round i
    # Kong accepts no token that lives longer than an hour: a fresh one per shape.
    token=$(load token --secret-env ADMIN_JWT_SECRET --issuer voltage-soda-admin-key) || die "no token."
    warm_up "$shape"
    for ((round = 1; round <= rounds; round++)); do
        # Each round begins with another proxy, so that none is always the one after the same neighbour.
        for ((i = 0; i < ${#proxies[@]}; i++)); do
            measure "$shape" "${proxies[(i + round - 1) % ${#proxies[@]}]}" "$round"
        done
    done
}

: >"$WORK/measurements"
current=""
for shape in "${shapes[@]}"; do
    case $shape in
        two-loops) set_name=two set_cpus=$load_cpu,$proxy_cpu set_loops=2 ;;
        backend-plugins) set_name=plugins set_cpus=$proxy_cpu set_loops=1 ;;
        plugins-on-off) set_name=on-off set_cpus=$proxy_cpu set_loops=1 ;;
        *) set_name=main set_cpus=$proxy_cpu set_loops=1 ;;
    esac
    if [[ $set_name != "$current" ]]; then
        stop_set
        current=$set_name
        proxies=("${asked[@]}")
        [[ $shape == plugins-on-off ]] && proxies=("${ON_OFF[@]}")
        start_set "$set_name" "$set_cpus" "$set_loops"
    fi
    run_shape "$shape"
done
stop_set
proxies=("${asked[@]}")

# --- The report ---------------------------------------------------------------------------------------------------------------------

about=(
    --about "date=$(date -u '+%Y-%m-%d %H:%M UTC')"
    --about "commit=$(git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)"
    --about "machine=$("$BIN/load/edge-load" machine)"
    --about "rounds=$rounds interleaved; closed loop ${duration} s each, open model for ${open_duration} s; .NET proxies warmed ${warmup} s per shape and until their cost has settled"
    --about "load average at the start=$load_average"
    --about "cores=proxy $proxy_cpu, load $load_cpu, origin $origin_cpu ($origin_kind); two-loops: proxies on both, the load contends"
)
[[ -z ${origin_only:-} ]] && about+=(--about "nginx=$(nginx -v 2>&1 | sed 's/.*nginx\///')")
wants haproxy && about+=(--about "haproxy=$(haproxy -v | sed -n '1s/.*version \([^ ]*\).*/\1/p')")
wants yarp && about+=(--about "yarp=$(sed -n 's/.*"Yarp.ReverseProxy\/\([^"]*\)".*/\1/p' "$BIN/yarp/yarp-proxy.deps.json" | head -1)")
[[ -n ${compares_itself:-} ]] && about+=(--about "edge-bare, edge-plugins, edge-collected=the backend route without plugins, with all of them and no collector, and with a collector")
wants edge && about+=(--about "edge=frontend route of samples/voltage-soda/kong.yml unchanged, plugins, headers and metrics on, access log off; backend-plugins: rate limit local and raised, see README")

[[ -s $WORK/measurements ]] || die "nothing was measured."
results=${results:-results/$(date -u +%Y-%m-%d)}
mkdir -p "$results"
load table "$WORK/measurements" "${about[@]}" --markdown "$results/comparison.md" --json "$results/comparison.json" || exit 1
log "written to $(cd "$results" && pwd)"
[[ $FAILED -eq 0 ]] || die "some round failed its checks: the table is not to be trusted."
