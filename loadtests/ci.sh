#!/usr/bin/env bash
# The short load run of every change: the edge serving the supplied configuration, the C# origin behind it, and requests at a fixed rate,
# started on schedule whatever happens (open model). Fails on any error or when P95, counted from the intended start, is not far enough
# below 100 ms. A Prometheus scrapes the edge meanwhile; what it got must be complete, agree with what was sent and answer Kong's
# dashboard. Needs the .NET SDK; curl and prometheus come from Debian where they are missing (as root or with sudo).
#
#   LOAD_RATE=10000 LOAD_SECONDS=30 ./ci.sh
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
source lib/common.sh
source lib/proxies.sh
source lib/prometheus.sh

rate=${LOAD_RATE:-10000} seconds=${LOAD_SECONDS:-30} scrape_interval=2
report=$(cd .. && pwd)/TestResults/load
SAMPLE=$(cd .. && pwd)/samples/voltage-soda/kong.yml

WORK=$(mktemp -d "${TMPDIR:-/tmp}/edge-load.XXXXXX")
FREE_PORTS=()
trap 'stop_all; rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM

install curl=curl prometheus=prometheus || die "curl and prometheus could not be installed from the package mirror."
# The load goes to the edge as it is shipped: trimmed and compiled ahead.
{
    dotnet build Runner --configuration Release --verbosity quiet --nologo &&
        dotnet restore ../src/Edge --locked-mode --verbosity quiet -p:Ship=true &&
        dotnet publish ../src/Edge --no-restore --configuration Release --verbosity quiet --nologo -p:Ship=true \
            --runtime "linux-$([[ $(uname -m) == aarch64 ]] && echo arm64 || echo x64)" --output "$WORK/bin"
} >"$WORK/build.log" 2>&1 || { cat "$WORK/build.log" >&2; die "the edge or the load runner does not build."; }
EDGE_BINARY=$WORK/bin/voltage-edge
LOAD_BINARY=Runner/bin/Release/net10.0/edge-load

# Throw-away secrets for the credentials that the sample names; no request here needs them.
for name in ADMIN_JWT_SECRET SERVICE_ACCOUNT_JWT_SECRET API_CLIENT_JWT_SECRET; do
    export "$name=$(head -c 24 /dev/urandom | base64)"
done

free_ports 4
ORIGIN_PORT=${FREE_PORTS[0]} PROXY_PORT=${FREE_PORTS[1]} STATUS_PORT=${FREE_PORTS[2]}
mkdir -p "$WORK/origin" "$WORK/edge" "$WORK/prometheus"
start origin "$WORK/origin/out.log" "$LOAD_BINARY" origin --port "$ORIGIN_PORT"
wait_for "http://127.0.0.1:$ORIGIN_PORT/1k" "$LAST_PID" 15 "$WORK/origin/out.log" || exit 1
start_edge "$WORK/edge" "$PROXY_PORT" "$ORIGIN_PORT" "" "${EDGE_LOOPS:-$(nproc)}"
edge=$LAST_PID
wait_for "http://127.0.0.1:$PROXY_PORT/1k" "$edge" 30 "$WORK/edge/out.log" || exit 1

start_prometheus "$WORK/prometheus" "${FREE_PORTS[3]}" "127.0.0.1:$STATUS_PORT" "$scrape_interval" || exit 1
scraped_after "$(date +%s.%N)" 15 || exit 1
from=$SCRAPED

echo "Open model, $rate requests per second for $seconds s, 1 KiB answers, the frontend route with its plugins, scraped every $scrape_interval s:"
"$LOAD_BINARY" scenario keepalive-1k --url "http://127.0.0.1:$PROXY_PORT" --rate "$rate" --duration "${seconds}s" --warmup 3s \
    --expect-header Via --expect-header "X-Powered-By: Voltage-Soda" --expect-header X-Kong-Upstream-Latency \
    --threshold "p95<100ms" --watch "$edge" --report "$report"
status=$?
if [[ $status -ne 0 ]]; then
    tail -n 40 "$WORK/edge/out.log" >&2
fi

ended=$(date +%s.%N)
echo
echo "What Prometheus saw of it:"
if scraped_after "$ended" 15; then
    check_scrapes "$from" "$ended" "$scrape_interval" || { log "FAIL: scrapes were missed."; status=1; }
    check_requests "$from" "$SCRAPED" "$(sed -n 's/^ *"sent": \([0-9]*\),$/\1/p' "$report/report.json")" ||
        { log "FAIL: the counter does not agree with what was sent."; status=1; }
    check_dashboard "$ended" || { log "FAIL: expressions of the dashboard gave no data."; status=1; }
else
    status=1
fi
check_names "127.0.0.1:$STATUS_PORT" "$WORK/prometheus" || { log "FAIL: promtool found more than tests/Prometheus/promtool.txt."; status=1; }
exit "$status"
