#!/usr/bin/env bash
# What many slow clients do to the others: the latency of a steady open-model load alone, and beside thousands of connections that drip
# their request heads. Both are measured in turns; the rule is that P99 may rise by a fifth. Needs the .NET SDK and curl, and as many file
# descriptors as there are slow clients.
#
#   SLOW_CONNECTIONS=10000 LOAD_RATE=1000 LOAD_SECONDS=20 ROUNDS=5 ./slow-clients.sh
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
source lib/common.sh
source lib/proxies.sh

slow=${SLOW_CONNECTIONS:-10000} rate=${LOAD_RATE:-1000} seconds=${LOAD_SECONDS:-20} rounds=${ROUNDS:-5}
SAMPLE=$(cd .. && pwd)/samples/voltage-soda/kong.yml

WORK=$(mktemp -d "${TMPDIR:-/tmp}/edge-slow.XXXXXX")
FREE_PORTS=()
trap 'stop_all; rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM

ulimit -n $((slow + 2000)) 2>/dev/null || die "This needs $((slow + 2000)) file descriptors; ulimit -Hn says $(ulimit -Hn)."
install curl=curl || die "curl could not be installed."
for project in src/Edge loadtests/Runner; do
    dotnet build "../$project" --configuration Release --verbosity quiet --nologo >"$WORK/build.log" 2>&1 ||
        { cat "$WORK/build.log" >&2; die "$project does not build."; }
done
EDGE_BINARY=../src/Edge/bin/Release/net10.0/voltage-edge
LOAD_BINARY=Runner/bin/Release/net10.0/edge-load

for name in ADMIN_JWT_SECRET SERVICE_ACCOUNT_JWT_SECRET API_CLIENT_JWT_SECRET; do
    export "$name=$(head -c 24 /dev/urandom | base64)"
done

# The slow ones stay for the whole measurement instead of being thrown out after ten seconds.
export EDGE_TIMEOUT_REQUEST_HEAD=1h EDGE_LIMIT_CONNECTIONS_LISTENER=$((slow + 1000))

free_ports 3
ORIGIN_PORT=${FREE_PORTS[0]} PROXY_PORT=${FREE_PORTS[1]} STATUS_PORT=${FREE_PORTS[2]}
mkdir -p "$WORK/origin" "$WORK/edge"
start origin "$WORK/origin/out.log" "$LOAD_BINARY" origin --port "$ORIGIN_PORT"
wait_for "http://127.0.0.1:$ORIGIN_PORT/1k" "$LAST_PID" 15 "$WORK/origin/out.log" || exit 1
start_edge "$WORK/edge" "$PROXY_PORT" "$ORIGIN_PORT" "" "${EDGE_LOOPS:-$(nproc)}"
edge=$LAST_PID
wait_for "http://127.0.0.1:$PROXY_PORT/1k" "$edge" 30 "$WORK/edge/out.log" || exit 1

# measure NAME: one run; its P99 in microseconds is appended to $WORK/NAME.
measure() {
    "$LOAD_BINARY" scenario keepalive-1k --url "http://127.0.0.1:$PROXY_PORT" --rate "$rate" --duration "${seconds}s" --warmup 3s \
        --report "$WORK/report" >"$WORK/run.log" 2>&1 || { cat "$WORK/run.log" >&2; die "the load failed."; }
    local p99
    p99=$(grep -oE '"p99": *[0-9.]+' "$WORK/report/report.json" | head -n 1 | grep -oE '[0-9.]+$')
    [[ -n $p99 ]] || die "the report has no P99."
    echo "$p99" >>"$WORK/$1"
    echo "  $1: P99 $p99 us"
}

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

measure warm-up
for ((round = 1; round <= rounds; round++)); do
    echo "round $round"
    measure alone
    "$LOAD_BINARY" slow --url "http://127.0.0.1:$PROXY_PORT" --connections "$slow" >"$WORK/slow.log" 2>&1 &
    crowd=$!
    until grep -q "are open" "$WORK/slow.log"; do
        kill -0 "$crowd" 2>/dev/null || { cat "$WORK/slow.log" >&2; die "the slow clients ended."; }
        sleep 0.2
    done
    measure crowded
    kill "$crowd"
    wait "$crowd" 2>/dev/null
done

alone=$(median "$WORK/alone") crowded=$(median "$WORK/crowded")
awk -v a="$alone" -v c="$crowded" -v n="$slow" -v r="$rate" 'BEGIN {
    printf "P99 at %d requests/s: %s us alone, %s us beside %d slow connections: ratio %.2f (limit 1.20)\n", r, a, c, n, c / a
    exit c / a > 1.20
}'
