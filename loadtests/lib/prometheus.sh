# A Prometheus of the system's packages that scrapes the edge while a load runs, and what it must show afterwards. Sourced; needs
# lib/common.sh. What is asked and what promtool may find are the files that the tests read too.

PROMETHEUS_QUERIES=../tests/Prometheus/dashboard.promql
PROMTOOL_KNOWN=../tests/Prometheus/promtool.txt

# start_prometheus FOLDER PORT TARGET INTERVAL: scrapes TARGET (host:port) every INTERVAL seconds; ready when it returns. One core at most and behind
# the others, since it shares them with what is measured.
start_prometheus() {
    local folder=$1 port=$2 target=$3 interval=$4
    PROMETHEUS=http://127.0.0.1:$port
    cat >"$folder/prometheus.yml" <<CONFIG
global: {scrape_interval: ${interval}s, scrape_timeout: ${interval}s}
scrape_configs:
- job_name: edge
  static_configs:
  - targets: ["$target"]
CONFIG
    start prometheus "$folder/out.log" env GOMAXPROCS=1 nice -n 5 prometheus --config.file="$folder/prometheus.yml" \
        --storage.tsdb.path="$folder/data" --web.listen-address="127.0.0.1:$port" --log.level=warn
    wait_for "$PROMETHEUS/-/ready" "$LAST_PID" 30 "$folder/out.log"
}

# ask EXPRESSION [TIME]: the values of an instant query, one a line; fails when it is refused.
ask() {
    local answer
    answer=$(curl --silent --show-error --max-time 10 --get "$PROMETHEUS/api/v1/query" \
        --data-urlencode "query=$1" ${2:+--data-urlencode "time=$2"}) || return 1
    if [[ $answer != '{"status":"success",'* ]]; then
        log "$1: $answer"
        return 1
    fi
    grep -o '"value":\[[^]]*\]' <<<"$answer" | sed 's/.*,"\(.*\)"\]/\1/'
    return 0
}

# scraped_after TIME SECONDS: until a scrape that began after TIME (seconds of the epoch) is there; its own time goes into SCRAPED.
scraped_after() {
    local after=$1 until=$((SECONDS + $2))
    while [[ $SECONDS -lt $until ]]; do
        # The time of the sample itself: of a comparison's result, timestamp() would give the time of the question.
        SCRAPED=$(ask "timestamp(up{job=\"edge\"}) > $after and up{job=\"edge\"} == 1") || return 1
        [[ -n $SCRAPED ]] && return 0
        sleep 0.2
    done
    log "Prometheus has scraped nothing since $after."
    return 1
}

# check_scrapes FROM TO INTERVAL: every scrape between the two times (seconds of the epoch) came when it was due and got an answer.
check_scrapes() {
    local to=$2 interval=$3 span scrapes lost slowest
    span=$(awk "BEGIN { print int($2 - $1) }")
    scrapes=$(ask "sum(count_over_time(up{job=\"edge\"}[${span}s]))" "$to")
    lost=$(ask "sum(count_over_time(up{job=\"edge\"}[${span}s]) - sum_over_time(up{job=\"edge\"}[${span}s]))" "$to")
    slowest=$(ask "max(max_over_time(scrape_duration_seconds{job=\"edge\"}[${span}s])) * 1000" "$to")
    printf '  %-44s %s in %s s, %s failed, the slowest took %.0f ms\n' "scrapes during the load" "${scrapes:-0}" "$span" "${lost:-?}" "${slowest:-0}"
    [[ ${lost:-1} == 0 && ${scrapes:-0} -ge $((span / interval - 1)) ]]
}

# check_requests FROM TO SENT: the requests that Prometheus saw counted between the scrapes of the two times are those that were sent.
check_requests() {
    local seen
    seen=$(ask "sum(kong_http_requests_total @ $2) - sum(kong_http_requests_total @ $1)")
    printf '  %-44s %s, sent %s\n' "kong_http_requests_total grew by" "${seen:-nothing}" "$3"
    [[ -n $seen && $seen == "$3" ]]
}

# check_dashboard TIME: each expression of Kong's dashboard gives data at that time, with every variable set to all.
check_dashboard() {
    local expression values asked=0 empty=0
    while IFS= read -r expression; do
        [[ -z $expression || $expression == '#'* ]] && continue
        asked=$((asked + 1))
        expression=$(sed 's/\$\(service\|route\|instance\|upstream\)/.*/g' <<<"$expression")
        values=$(ask "$expression" "$1")
        if [[ -z $values || $values == *NaN* ]]; then
            log "no data: $expression"
            empty=$((empty + 1))
        fi
    done <"$PROMETHEUS_QUERIES"
    printf '  %-44s %s of %s\n' "dashboard expressions with data" $((asked - empty)) "$asked"
    [[ $asked -gt 0 && $empty -eq 0 ]]
}

# check_names TARGET FOLDER: promtool finds nothing in /metrics but what Kong's own names provoke.
check_names() {
    local code findings unknown
    curl --silent --show-error --fail --max-time 10 --output "$2/metrics.txt" "http://$1/metrics" || return 1
    promtool check metrics <"$2/metrics.txt" >"$2/promtool.log" 2>&1
    code=$?
    findings=$(grep -c . "$2/promtool.log")
    unknown=$(grep -vxFf "$PROMTOOL_KNOWN" "$2/promtool.log")
    printf '  %-44s %s findings, %s beyond those of Kong'"'"'s names\n' "promtool check metrics" "$findings" "$(grep -c . <<<"$unknown")"
    [[ -n $unknown ]] && log "$unknown"
    # 3 is what it ends with after findings, and text that it cannot read ends with 1.
    [[ ($code -eq 0 || $code -eq 3) && -z $unknown ]]
}
